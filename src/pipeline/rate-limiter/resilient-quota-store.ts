import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.port.js';
import type { TenantId } from '../../common/ids.js';
import { InProcessQuotaStore } from './in-process-quota-store.js';
import { type LateStore, PendingSettlements } from './pending-settlements.js';
import type {
  BudgetStart,
  EntryState,
  QuotaEntry,
  QuotaStore,
  RenewRequest,
  ReserveRequest,
  ReserveResult,
  SettleRequest,
} from './quota-store.port.js';
import { shareEntries } from './share-entries.js';

export interface ResilientQuotaStoreParts {
  shared: QuotaStore & LateStore;
  /** Processes that share it, as last known. */
  processes: { readonly count: number };
  clock: Clock;
  /** The shared store stopped answering (with the reason), or answers again (null). */
  onStateChange(cause: unknown): void;
  /** It refused a settlement again and again; what was used is missing in its counters, not in the ledger. */
  onDropped(cause: unknown): void;
}

const MAX_REMEMBERED = 20_000;

/**
 * A shared store that may fail, and this process alone while it does.
 *
 * 1. The shared store decides as long as it answers.
 * 2. When it does not: a tenant that chose `closed` gets `unknown`; for the others this process keeps its share of every
 *    limit. Windows begin empty here, so around the moment of failure at most one more window's worth is admitted; budgets
 *    begin with the larger of what the ledger and the shared store last said, and all shares together stay below the limit.
 * 3. A reservation that may have been executed unheard is released as soon as the shared store answers; what was spent
 *    meanwhile is booked there then, once.
 * 4. The first answer ends it; nothing has to be switched back.
 */
export class ResilientQuotaStore implements QuotaStore {
  private readonly local = new InProcessQuotaStore();
  private readonly pending: PendingSettlements;
  /** What budgets began with in `local`; by tenant and key. */
  private readonly bases = new Map<string, { tenantId: TenantId; key: string; spent: bigint }>();
  private readonly lastSpent = new LRUCache<string, bigint>({ max: MAX_REMEMBERED });
  private isAlone = false;

  constructor(private readonly parts: ResilientQuotaStoreParts) {
    this.pending = new PendingSettlements(parts.shared, parts.clock, (cause) => parts.onDropped(cause));
  }

  async reserve(request: ReserveRequest): Promise<ReserveResult> {
    const result = await this.parts.shared.reserve(request);
    if (result.outcome !== 'unknown') {
      if (this.isAlone) this.rejoin();
      if (result.outcome !== 'uninitialised') this.remember(request, result.states);
      return result;
    }
    this.goAlone(result.cause);
    if (result.mayHaveRun && request.entries.length > 0) this.pending.add(buildRelease(request));
    return request.fallback === 'closed' && request.entries.length > 0 ? result : this.reserveAlone(request);
  }

  async renew(request: RenewRequest): Promise<void> {
    if (this.local.holds(request.reservationId)) this.local.renew(request);
    else await this.parts.shared.renew(request);
  }

  async settle(request: SettleRequest): Promise<void> {
    if (this.local.holds(request.reservationId)) {
      this.local.settle(request);
      this.pending.addSpent(request);
      return;
    }
    try {
      await this.parts.shared.settle(request, 0);
    } catch {
      // Repeated until it arrives; which reservations were reached is not known, and repeating is harmless.
      this.pending.add(request);
    }
  }

  async initialiseBudget(start: BudgetStart): Promise<void> {
    if (!this.isAlone) return this.parts.shared.initialiseBudget(start);
    const key = renderKey(start.tenantId, start.key);
    const last = this.lastSpent.get(key) ?? 0n;
    const spent = last > start.spent ? last : start.spent;
    if (!this.bases.has(key)) this.bases.set(key, { tenantId: start.tenantId, key: start.key, spent });
    this.local.initialiseBudget({ ...start, spent });
  }

  findBudgetSpent(tenantId: TenantId, key: string): Promise<bigint | null> | bigint | null {
    return (this.isAlone ? this.local : this.parts.shared).findBudgetSpent(tenantId, key);
  }

  /** Tells the shared store what it has not heard, if it can be reached. */
  async stop(): Promise<void> {
    await this.parts.shared.flush();
    await this.pending.stop();
  }

  private reserveAlone(request: ReserveRequest): ReserveResult {
    const { tenantId, entries } = request;
    const shares = shareEntries(
      entries,
      Math.max(1, this.parts.processes.count),
      (key) => this.bases.get(renderKey(tenantId, key))?.spent ?? null,
    );
    return this.local.reserve({ ...request, entries: shares });
  }

  private goAlone(cause: unknown): void {
    if (this.isAlone) return;
    this.isAlone = true;
    this.parts.onStateChange(cause);
  }

  /** Budgets are taken up anew next time, from what was spent by then. */
  private rejoin(): void {
    this.isAlone = false;
    for (const { tenantId, key } of this.bases.values()) this.local.dropBudget(tenantId, key);
    this.bases.clear();
    this.parts.onStateChange(null);
  }

  private remember({ tenantId, entries }: ReserveRequest, states: readonly EntryState[]): void {
    entries.forEach((entry, index) => {
      if (entry.kind !== 'budget') return;
      this.lastSpent.set(renderKey(tenantId, entry.key), states[index]?.used ?? 0n);
    });
  }
}

function renderKey(tenantId: TenantId, key: string): string {
  return `${tenantId} ${key}`;
}

function buildRelease({ tenantId, reservationId, nowMs, leaseMs, entries }: ReserveRequest): SettleRequest {
  const actual = entries.map((): bigint => 0n);
  return {
    tenantId,
    reservationId,
    nowMs,
    reservedAtMs: nowMs,
    leaseMs,
    entries: [...entries] as QuotaEntry[],
    actual,
  };
}
