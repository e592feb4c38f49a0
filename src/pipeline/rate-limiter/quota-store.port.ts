import type { TenantId } from '../../common/ids.js';
import type { TenantConfig } from '../../tenancy/config-snapshot.js';

/**
 * One counter that a request has to pass. `key` is unique inside the tenant and names everything that would make it another
 * counter: `rl:<limitId>:<scope>:<metric>:<seconds>`, `bd:<budgetId>:<scope>:<period id>`.
 */
export type QuotaEntry =
  /** Sliding window over requests or tokens; see sliding-window.ts. `amount` is reserved; settle corrects it. */
  | { kind: 'window'; key: string; limit: number; windowMs: number; amount: number }
  /** Slots, held until the reservation is settled or its lease ends. */
  | { kind: 'concurrency'; key: string; limit: number }
  /** Money (nano-USD) or tokens in a calendar period; `hard: false` counts but never refuses. At most 2^63 - 1. */
  | { kind: 'budget'; key: string; limit: bigint; amount: bigint; periodEndsAtMs: number; hard: boolean };

export interface ReserveRequest {
  tenantId: TenantId;
  /** Idempotency key: the same reservation executed twice counts once. */
  reservationId: string;
  nowMs: number;
  entries: readonly QuotaEntry[];
  /**
   * After this a reservation that was neither settled nor renewed frees its slots and gives its budget back. Windows keep
   * it: it leaves them by itself. It can still be settled, and is booked in full, for LATE_SETTLE_MS.
   */
  leaseMs: number;
  /** Cache key to read in the same round trip, or null. */
  cacheKey: string | null;
  /** What happens while a shared store cannot answer. */
  fallback: TenantConfig['quotaFallback'];
}

export interface EntryState {
  /** What is left after this reservation, never below 0; for budgets in the budget's unit. */
  remaining: bigint;
  /** Milliseconds until the window or period is empty again; 0 for concurrency. */
  resetMs: number;
  /** Only of budgets: what is spent and reserved, also beyond the limit; of the whole budget where `remaining` is a share. */
  used?: bigint;
}

export type ReserveResult =
  /** Everything reserved. `states` parallels `entries`. `reservedAtMs` is the store's own time, for settle. */
  | { outcome: 'reserved'; states: EntryState[]; cached: Buffer | null; reservedAtMs: number }
  /**
   * `refused` is the index of the first entry that did not fit; nothing at all was reserved. After `retryAfterMs` it and
   * the windows that refused too have room again, if nobody else takes it.
   */
  | { outcome: 'refused'; refused: number; retryAfterMs: number; states: EntryState[]; cached: Buffer | null }
  /** These budget counters are not known to the store (indexes): initialise them from the ledger, then try again. */
  | { outcome: 'uninitialised'; missing: number[]; cached: Buffer | null }
  /** The store did not answer in time. Where `mayHaveRun`, it may have executed the reservation: release by id. */
  | { outcome: 'unknown'; cause: unknown; mayHaveRun: boolean };

/** A reservation that was made. */
export interface RenewRequest {
  tenantId: TenantId;
  reservationId: string;
  nowMs: number;
  /** As the lease was given. */
  leaseMs: number;
  entries: readonly QuotaEntry[];
}

export interface SettleRequest extends RenewRequest {
  /** As the store said; 0 when the store that settles did not make the reservation. */
  reservedAtMs: number;
  /** Parallel to `entries`: what was really used; 0 gives everything back. Ignored for concurrency, which is always freed. */
  actual: readonly bigint[];
}

/** A budget counter's first value, as the ledger tells it. */
export interface BudgetStart {
  tenantId: TenantId;
  key: string;
  spent: bigint;
  periodEndsAtMs: number;
  nowMs: number;
  /** How long ago the ledger was asked: what was settled since then is not in `spent`. */
  readAgoMs: number;
}

/** Atomic counters of one tenant. Exact under concurrency; idempotent by reservation id. */
export interface QuotaStore {
  reserve(request: ReserveRequest): Promise<ReserveResult> | ReserveResult;
  /** Begins the lease anew. A reservation that is over stays over. */
  renew(request: RenewRequest): Promise<void> | void;
  /** Books what was used, also above the limit (the excess blocks the next request). Settling twice changes nothing. */
  settle(request: SettleRequest): Promise<void> | void;
  /** Sets a budget counter unless it exists. */
  initialiseBudget(start: BudgetStart): Promise<void> | void;
  /** Spent and reserved of a budget counter, for /v1/key and the admin plane; null when unknown. */
  findBudgetSpent(tenantId: TenantId, key: string): Promise<bigint | null> | bigint | null;
}

export const QUOTA_STORE = Symbol('QuotaStore');

/** A client that is refused for want of a slot asks again after this; when a slot is freed cannot be known. */
export const SLOT_RETRY_MS = 1_000;

/** How long a reservation whose lease ended can still be settled. */
export const LATE_SETTLE_MS = 3_600_000;

/** How long budget counters outlive their period, so that requests which began in it are booked in it. */
export const BUDGET_GRACE_MS = 86_400_000;

/** No counter goes beyond this, soft ones included: 9.2 billion USD in one period. */
export const MAX_BUDGET = 9_200_000_000_000_000_000n;
