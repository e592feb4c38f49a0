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
  /** Requests of which some or all tokens are unknown. */
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
