import { planRollupRanges, type RollupRange, type TimeRange } from './plan-rollup-ranges.js';
import type { UsageDimension, UsageQuery } from './usage-query.js';

/** Which roll-up can answer: that of tenants alone, of everything but tags and users, of one tag's name, or of users. */
export type RollupChoice = { by: 'tenant' } | { by: 'key' } | { by: 'tag'; tagName: string } | { by: 'user' };

export interface UsageSources {
  rollup: { choice: RollupChoice; ranges: RollupRange[] } | null;
  ledger: TimeRange[];
}

/** Of every roll-up but the daily ones. */
export const BUCKET_MS = 15 * 60_000;

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
  const whole = { fromMs: firstEdge, toMs: lastEdge };
  const ranges = choice.by === 'tenant' ? [{ ...whole, isDaily: false }] : planRollupRanges(query, whole);
  return {
    rollup: { choice, ranges },
    ledger: edges.filter((edge) => edge.fromMs < edge.toMs),
  };
}

/** The roll-up that has every dimension and filter of the report beside the tenant. */
function findRollup({ groupBy, filters }: Pick<UsageQuery, 'groupBy' | 'filters'>): RollupChoice | null {
  const { tag, user, ...others } = filters;
  const tagNames = new Set(groupBy.map(findTagName).filter((name) => name !== null));
  if (tag !== undefined) tagNames.add(splitTag(tag)[0]);
  const usesUser = user !== undefined || groupBy.includes('user');
  const tagName = [...tagNames].at(0);
  const usesOthers =
    Object.values<string | number | undefined>(others).some((value) => value !== undefined) ||
    groupBy.some((dimension) => ['key', 'model', 'provider', 'status'].includes(dimension));
  if (tagName === undefined && !usesUser) return { by: usesOthers ? 'key' : 'tenant' };
  if (usesOthers || tagNames.size + (usesUser ? 1 : 0) > 1) return null;
  return tagName === undefined ? { by: 'user' } : { by: 'tag', tagName };
}

/** `team` of `tag:team`; null for every other dimension. */
export function findTagName(dimension: UsageDimension): string | null {
  return dimension.startsWith('tag:') ? dimension.slice('tag:'.length) : null;
}

export function splitTag(tag: string): [name: string, value: string] {
  const separator = tag.indexOf('=');
  return separator === -1 ? [tag, ''] : [tag.slice(0, separator), tag.slice(separator + 1)];
}
