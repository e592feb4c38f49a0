import { createId, type TenantId } from '../../../common/ids.js';
import type { QuotaEntry, QuotaStore, ReserveResult } from '../quota-store.port.js';

const START_MS = Date.UTC(2026, 0, 15, 12);
export const LEASE_MS = 20_000;
/** Far away: Redis forgets budget counters by the real clock. */
export const PERIOD_ENDS_AT_MS = Date.UTC(2100, 0, 1);

/** A tenant of its own at a store, with a clock in its hand. */
export class QuotaSubjectUnderTest {
  readonly tenantId = createId<TenantId>();
  nowMs = START_MS;
  private readonly reservedAt = new Map<string, { entries: readonly QuotaEntry[]; reservedAtMs: number }>();

  constructor(
    readonly store: QuotaStore,
    private readonly leaseMs = LEASE_MS,
  ) {}

  async reserve(id: string, entries: readonly QuotaEntry[]): Promise<ReserveResult> {
    const { tenantId, nowMs, leaseMs } = this;
    const request = {
      tenantId,
      reservationId: id,
      nowMs,
      entries,
      leaseMs,
      cacheKey: null,
      fallback: 'local' as const,
    };
    const result = await this.store.reserve(request);
    if (result.outcome === 'reserved')
      this.reservedAt.set(id, { entries, reservedAtMs: result.reservedAtMs });
    return result;
  }

  async settle(id: string, actual: readonly bigint[]): Promise<void> {
    const made = this.reservedAt.get(id);
    if (made === undefined) return;
    const { tenantId, nowMs, leaseMs } = this;
    await this.store.settle({ tenantId, reservationId: id, nowMs, leaseMs, ...made, actual });
  }

  async renew(id: string): Promise<void> {
    const made = this.reservedAt.get(id);
    if (made === undefined) return;
    const { tenantId, nowMs, leaseMs } = this;
    await this.store.renew({ tenantId, reservationId: id, nowMs, leaseMs, entries: made.entries });
  }

  async initialise(key: string, spent: bigint): Promise<void> {
    const { tenantId, nowMs } = this;
    const start = { tenantId, key, spent, periodEndsAtMs: PERIOD_ENDS_AT_MS, nowMs, readAgoMs: 0 };
    await this.store.initialiseBudget(start);
  }
}

export const requests = (limit: number, amount = 1): QuotaEntry => ({
  kind: 'window',
  key: 'rl:1',
  limit,
  windowMs: 60_000,
  amount,
});

export const slots = (limit: number): QuotaEntry => ({ kind: 'concurrency', key: 'rl:2', limit });

export const budget = (limit: bigint, amount: bigint, hard = true): QuotaEntry => ({
  kind: 'budget',
  key: 'bd:1',
  limit,
  amount,
  periodEndsAtMs: PERIOD_ENDS_AT_MS,
  hard,
});

/** What is left at each entry. */
export function remainingOf(result: ReserveResult): number[] {
  if (result.outcome !== 'reserved' && result.outcome !== 'refused')
    throw new Error(`The store said ${result.outcome}`);
  return result.states.map(({ remaining }) => Number(remaining));
}
