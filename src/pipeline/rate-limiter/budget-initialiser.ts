import type { TenantId } from '../../common/ids.js';
import type { Scope } from '../../tenancy/config-snapshot.js';
import type { CompiledBudget } from './compiled-quota.js';
import type { QuotaStore } from './quota-store.port.js';

/** What the ledger knows; see JournaledUsageLedger. @throws when PostgreSQL is down. */
export interface SpentFinder {
  findSpent(
    tenantId: string,
    scope: Scope,
    fromMs: number,
    toMs: number,
  ): Promise<{ costNanoUsd: bigint; tokens: bigint }>;
}

/** A request does not wait longer for the ledger. The query goes on and helps those who come later. */
const DEADLINE_MS = 2_000;
/** After a failure nobody asks for the same counter for so long. */
const RETRY_MS = 1_000;
/** How long after a period's beginning the counter of the one before it can vouch for an empty one. */
const FRESH_PERIOD_MS = 300_000;

/**
 * Gives budget counters their first value: at the first request of a period, after a restart, after Redis lost its data.
 *
 * 1. Requests that miss the same counter at the same time share one answer.
 * 2. Just after a period began, a store that still has the counter of the period before has lost nothing: what it does not
 *    know was not spent. So midnight does not ask PostgreSQL about every tenant at once.
 * 3. Else the ledger says what was spent. PostgreSQL down: the counter stays unknown.
 */
export class BudgetInitialiser {
  private readonly running = new Map<string, Promise<boolean>>();

  constructor(
    private readonly ledger: SpentFinder,
    private readonly store: QuotaStore,
    private readonly onFailure: (cause: unknown) => void,
  ) {}

  /** Whether the store knows the counter now. Never rejects. */
  initialise(tenantId: TenantId, budget: CompiledBudget, nowMs: number): Promise<boolean> {
    const key = `${tenantId} ${budget.getKey(nowMs)}`;
    let work = this.running.get(key);
    if (work === undefined) {
      work = this.run(key, this.set(tenantId, budget, nowMs));
      this.running.set(key, work);
    }
    return within(DEADLINE_MS, work);
  }

  /** A failure is remembered for a while, as if it were still being asked for. */
  private run(key: string, work: Promise<void>): Promise<boolean> {
    return work.then(
      () => {
        this.running.delete(key);
        return true;
      },
      (cause: unknown) => {
        setTimeout(() => this.running.delete(key), RETRY_MS).unref();
        this.onFailure(cause);
        return false;
      },
    );
  }

  private async set(tenantId: TenantId, budget: CompiledBudget, nowMs: number): Promise<void> {
    const startedMs = performance.now();
    const spent = await this.findSpent(tenantId, budget, nowMs);
    await this.store.initialiseBudget({
      tenantId,
      key: budget.getKey(nowMs),
      spent,
      periodEndsAtMs: budget.getPeriod(nowMs).endMs,
      nowMs,
      readAgoMs: Math.ceil(performance.now() - startedMs),
    });
  }

  private async findSpent(tenantId: TenantId, budget: CompiledBudget, nowMs: number): Promise<bigint> {
    const { startMs, endMs } = budget.getPeriod(nowMs);
    if (startMs > 0 && nowMs - startMs < FRESH_PERIOD_MS) {
      const before = await this.store.findBudgetSpent(tenantId, budget.renderKeyAt(startMs - 1));
      if (before !== null) return 0n;
    }
    const spent = await this.ledger.findSpent(tenantId, budget.scope, startMs, endMs);
    return budget.unit === 'usd' ? spent.costNanoUsd : spent.tokens;
  }
}

function within(deadlineMs: number, work: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), deadlineMs);
    void work.then((isKnown) => {
      clearTimeout(timer);
      resolve(isKnown);
    });
  });
}
