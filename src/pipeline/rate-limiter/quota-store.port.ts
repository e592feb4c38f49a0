import type { TenantId } from '../../common/ids.js';

/**
 * One counter that a request has to pass. `key` is unique inside the tenant and names its window:
 * `rl:<limitId>:<scope value>`, `bd:<budgetId>:<scope value>:<period id>`.
 */
export type QuotaEntry =
  /** Sliding window over requests or tokens. `amount` is reserved; settle corrects it. */
  | { kind: 'window'; key: string; limit: number; windowMs: number; amount: number }
  /** Slots held as leases that end by themselves at `leaseMs`. */
  | { kind: 'concurrency'; key: string; limit: number; leaseMs: number }
  /** Money (nano-USD) or tokens in a calendar period; `hard: false` counts but never refuses. */
  | { kind: 'budget'; key: string; limit: bigint; amount: bigint; periodEndsAtMs: number; hard: boolean };

export interface ReserveRequest {
  tenantId: TenantId;
  /** Idempotency key: the same reservation executed twice counts once. */
  reservationId: string;
  nowMs: number;
  entries: readonly QuotaEntry[];
  /** After this a reservation that nobody settled is given back (window, budget) or freed (concurrency). */
  leaseMs: number;
  /** Cache key to read in the same round trip, or null. */
  cacheKey: string | null;
}

export interface EntryState {
  /** What is left after this reservation; for budgets in the budget's unit. */
  remaining: bigint;
  /** Milliseconds until the window or period is empty again. */
  resetMs: number;
}

export type ReserveResult =
  /** Everything reserved. `states` parallels `entries`. */
  | { outcome: 'reserved'; states: EntryState[]; cached: Buffer | null }
  /** `refused` is the index of the first entry that did not fit; nothing at all was reserved. */
  | { outcome: 'refused'; refused: number; retryAfterMs: number; states: EntryState[]; cached: Buffer | null }
  /** These budget counters are not known to the store (indexes): initialise them from the ledger, then try again. */
  | { outcome: 'uninitialised'; missing: number[]; cached: Buffer | null }
  /** The store did not answer in time. It may have executed the script: release by id. */
  | { outcome: 'unknown'; cause: unknown };

export interface SettleRequest {
  tenantId: TenantId;
  reservationId: string;
  nowMs: number;
  entries: readonly QuotaEntry[];
  /** Parallel to `entries`: what was really used; 0 gives everything back. Ignored for concurrency, which is always freed. */
  actual: readonly bigint[];
}

/** Atomic counters of one tenant. Exact under concurrency; idempotent by reservation id. */
export interface QuotaStore {
  reserve(request: ReserveRequest): Promise<ReserveResult> | ReserveResult;
  /** Books what was used, also above the limit (the excess blocks the next request). Settling twice changes nothing. */
  settle(request: SettleRequest): Promise<void> | void;
  /** Sets a budget counter unless it exists. `spent` comes from the ledger. */
  initialiseBudget(tenantId: TenantId, key: string, spent: bigint, periodEndsAtMs: number): Promise<void> | void;
  /** Spent and reserved of a budget counter, for /v1/key and the admin plane; null when unknown. */
  findBudgetSpent(tenantId: TenantId, key: string): Promise<bigint | null> | bigint | null;
}

export const QUOTA_STORE = Symbol('QuotaStore');
