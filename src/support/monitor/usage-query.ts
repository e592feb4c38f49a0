/** What a usage report can be grouped by. `status` is the class of the HTTP status: `2xx`. */
export type UsageDimension = 'tenant' | 'key' | 'model' | 'provider' | 'status' | 'user' | `tag:${string}`;

export type UsageInterval = 'hour' | 'day' | 'month';

/** All members present must match. */
export interface UsageFilters {
  keyId?: string;
  model?: string;
  providerId?: string;
  /** First digit of the HTTP status. */
  statusClass?: number;
  /** `name=value`. */
  tag?: string;
  user?: string;
}

export interface UsageQuery {
  /** Null: all tenants. */
  tenantId: string | null;
  groupBy: readonly UsageDimension[];
  /** Null: one row per group for the whole range. */
  interval: UsageInterval | null;
  /** Epoch milliseconds, inclusive. */
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  /** IANA name; intervals begin at local hours, midnights and months. */
  timeZone: string;
  filters: UsageFilters;
}

/** Sums over the requests of one group. Money and tokens are sums of what is known; `unpriced` and `unmetered` count the rest. */
export interface UsageRow {
  /** Start of the interval; null without one. */
  startMs: number | null;
  /** One member per dimension asked for; null where a request has none. */
  group: Partial<Record<UsageDimension, string | null>>;
  requests: number;
  cacheHits: number;
  sharedHits: number;
  /** Requests without a known cost. */
  unpriced: number;
  /** Requests without known tokens. */
  unmetered: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  costNanoUsd: bigint;
  /** Sum over the requests. */
  durationMs: number;
}

interface TimeRange {
  fromMs: number;
  toMs: number;
}

export interface UsageSources {
  rollup: TimeRange | null;
  ledger: TimeRange[];
}

const BUCKET_MS = 15 * 60_000;

/**
 * Which table answers for which part of the range. Roll-ups know neither tags nor users, and only whole buckets; the parts
 * of the range outside whole buckets are summed from the ledger. Every interval begins at a bucket's edge, because the
 * offsets of all time zones are multiples of 15 minutes.
 */
export function planUsageSources({ groupBy, filters, fromMs, toMs }: UsageQuery): UsageSources {
  const needsLedger =
    filters.tag !== undefined ||
    filters.user !== undefined ||
    groupBy.some((dimension) => dimension === 'user' || dimension.startsWith('tag:'));
  const firstEdge = Math.ceil(fromMs / BUCKET_MS) * BUCKET_MS;
  const lastEdge = Math.floor(toMs / BUCKET_MS) * BUCKET_MS;
  if (needsLedger || firstEdge >= lastEdge) return { rollup: null, ledger: [{ fromMs, toMs }] };
  const edges = [
    { fromMs, toMs: firstEdge },
    { fromMs: lastEdge, toMs },
  ];
  return {
    rollup: { fromMs: firstEdge, toMs: lastEdge },
    ledger: edges.filter((edge) => edge.fromMs < edge.toMs),
  };
}
