import { createId, type TenantId } from '../../common/ids.js';
import type { BudgetConfig, Scope } from '../../tenancy/config-snapshot.js';
import { BudgetInitialiser } from './budget-initialiser.js';
import { CompiledBudget } from './compiled-quota.js';
import { InProcessQuotaStore } from './in-process-quota-store.js';
import { createBudget } from './testing/limiter-fixtures.js';

const NOON_MS = Date.UTC(2026, 4, 17, 12);
const MIDNIGHT_MS = Date.UTC(2026, 4, 18);

class Ledger {
  calls: { scope: Scope; fromMs: number; toMs: number }[] = [];
  failure: Error | null = null;

  findSpent(_tenantId: string, scope: Scope, fromMs: number, toMs: number) {
    this.calls.push({ scope, fromMs, toMs });
    return this.failure === null
      ? Promise.resolve({ costNanoUsd: 70n, tokens: 7n })
      : Promise.reject(this.failure);
  }
}

function setUp(change: Partial<BudgetConfig> = {}) {
  const ledger = new Ledger();
  const store = new InProcessQuotaStore();
  const failures: unknown[] = [];
  const initialiser = new BudgetInitialiser(ledger, store, (cause) => failures.push(cause));
  const tenantId = createId<TenantId>();
  const budget = new CompiledBudget(createBudget({ scope: { user: 'u' }, ...change }));
  const initialise = (nowMs = NOON_MS) => initialiser.initialise(tenantId, budget, nowMs);
  const spentAt = (nowMs = NOON_MS) => store.findBudgetSpent(tenantId, budget.getKey(nowMs));
  return { ledger, store, failures, tenantId, budget, initialise, spentAt };
}

describe('BudgetInitialiser', () => {
  it("begins a counter with what the ledger says about the budget's scope and period", async () => {
    const { ledger, initialise, spentAt } = setUp();
    expect(await initialise()).toBe(true);
    expect(spentAt()).toBe(70n);
    expect(ledger.calls).toEqual([
      { scope: { user: 'u' }, fromMs: Date.UTC(2026, 4, 17), toMs: MIDNIGHT_MS },
    ]);
  });

  it('counts tokens for a budget of tokens', async () => {
    const { initialise, spentAt } = setUp({ amountNanoUsd: null, amountTokens: 100 });
    await initialise();
    expect(spentAt()).toBe(7n);
  });

  it('asks once for requests that miss the counter at the same time', async () => {
    const { ledger, initialise } = setUp();
    expect(await Promise.all(Array.from({ length: 20 }, () => initialise()))).toEqual(
      Array<boolean>(20).fill(true),
    );
    expect(ledger.calls).toHaveLength(1);
  });

  it('does not ask again at once after a failure, and never throws', async () => {
    const { ledger, failures, initialise, spentAt } = setUp();
    ledger.failure = new Error('PostgreSQL is down');
    expect([await initialise(), await initialise()]).toEqual([false, false]);
    expect(ledger.calls).toHaveLength(1);
    expect(failures).toEqual([ledger.failure]);
    expect(spentAt()).toBeNull();
  });

  it('does not ask the ledger at midnight about a budget that the store has counted until then', async () => {
    const { ledger, store, tenantId, budget, initialise, spentAt } = setUp();
    const atMidnight = MIDNIGHT_MS + 1_000;
    const key = budget.getKey(NOON_MS);
    store.initialiseBudget({
      tenantId,
      key,
      spent: 5n,
      periodEndsAtMs: MIDNIGHT_MS,
      nowMs: NOON_MS,
      readAgoMs: 0,
    });
    expect(await initialise(atMidnight)).toBe(true);
    expect([ledger.calls.length, spentAt(atMidnight)]).toEqual([0, 0n]);
  });

  it('asks the ledger when the period is older, or when the store lost its counters', async () => {
    const late = setUp();
    const { store, tenantId, budget } = late;
    const key = budget.getKey(NOON_MS);
    store.initialiseBudget({
      tenantId,
      key,
      spent: 5n,
      periodEndsAtMs: MIDNIGHT_MS,
      nowMs: NOON_MS,
      readAgoMs: 0,
    });
    await late.initialise(MIDNIGHT_MS + 3_600_000);
    const lost = setUp();
    await lost.initialise(MIDNIGHT_MS + 1_000);
    expect([late.ledger.calls.length, lost.ledger.calls.length]).toEqual([1, 1]);
  });
});
