import { planRollupParts, type RollupPart, type TimeRange } from './plan-rollup-parts.js';
import { BUCKET_MS } from './rollup-levels.js';
import { listRollupLevels, type RollupKind } from './usage-rollups.js';
import type { UsageDimension, UsageQuery } from './usage-query.js';

/** Which roll-up can answer; that of tags for one tag's name. */
export type RollupChoice = { by: Exclude<RollupKind, 'tag'> } | { by: 'tag'; tagName: string };

export interface UsageSources {
  rollup: {
    choice: RollupChoice;
    parts: RollupPart[];
    /**
     * A roll-up of tags or users lacks the requests without one. Where the report shows them, they are everything, which
     * these parts of the tenants' roll-up say, less those that have one.
     */
    everything: RollupPart[] | null;
  } | null;
  ledger: TimeRange[];
}

/**
 * Which table answers for which part of the range. Roll-ups know only whole buckets; the parts of the range outside whole
 * buckets are summed from the ledger, and so is all of a report that no single roll-up can answer. Every interval begins at
 * a bucket's edge, because the offsets of all time zones are multiples of 15 minutes.
 */
export function planUsageSources(query: UsageQuery): UsageSources {
  const { fromMs, toMs } = query;
  const choice = findRollup(query);
  const firstEdge = Math.ceil(fromMs / BUCKET_MS) * BUCKET_MS;
  const lastEdge = Math.floor(toMs / BUCKET_MS) * BUCKET_MS;
  if (choice === null || firstEdge >= lastEdge) return { rollup: null, ledger: [{ fromMs, toMs }] };
  const edges = [
    { fromMs, toMs: firstEdge },
    { fromMs: lastEdge, toMs },
  ];
  const planParts = (by: RollupKind): RollupPart[] =>
    planRollupParts(query, { fromMs: firstEdge, toMs: lastEdge }, listRollupLevels(by));
  return {
    rollup: {
      choice,
      parts: planParts(choice.by),
      everything: showsRequestsWithout(query) ? planParts('tenant') : null,
    },
    ledger: edges.filter((edge) => edge.fromMs < edge.toMs),
  };
}

/** The narrowest roll-up that has every dimension and filter of the report beside the tenant. */
function findRollup({ groupBy, filters }: Pick<UsageQuery, 'groupBy' | 'filters'>): RollupChoice | null {
  const { tag, user } = filters;
  const tagNames = new Set(groupBy.map(findTagName).filter((name) => name !== null));
  if (tag !== undefined) tagNames.add(splitTag(tag)[0]);
  const usesUser = user !== undefined || groupBy.includes('user');
  const columns = findColumns({ groupBy, filters });
  const [tagName] = tagNames;
  if (tagName === undefined && !usesUser)
    return { by: columns.length > 1 ? 'detail' : (columns[0] ?? 'tenant') };
  if (columns.length > 0 || tagNames.size + (usesUser ? 1 : 0) > 1) return null;
  return tagName === undefined ? { by: 'user' } : { by: 'tag', tagName };
}

function findColumns({ groupBy, filters }: Pick<UsageQuery, 'groupBy' | 'filters'>) {
  const filtered = {
    key: filters.keyId,
    model: filters.model,
    provider: filters.providerId,
    status: filters.statusClass,
  };
  const columns = ['key', 'model', 'provider', 'status'] as const;
  return columns.filter((column) => groupBy.includes(column) || filtered[column] !== undefined);
}

function showsRequestsWithout({ groupBy, filters: { tag, user } }: UsageQuery): boolean {
  return tag === undefined && user === undefined && groupBy.some(isTagOrUser);
}

export function isTagOrUser(dimension: UsageDimension): boolean {
  return dimension === 'user' || findTagName(dimension) !== null;
}

/** `team` of `tag:team`; null for every other dimension. */
function findTagName(dimension: UsageDimension): string | null {
  return dimension.startsWith('tag:') ? dimension.slice('tag:'.length) : null;
}

export function splitTag(tag: string): [name: string, value: string] {
  const separator = tag.indexOf('=');
  return separator === -1 ? [tag, ''] : [tag.slice(0, separator), tag.slice(separator + 1)];
}
