import { createId, type KeyId, type TenantId } from '../../common/ids.js';
import type { BudgetConfig, RateLimitConfig } from '../../tenancy/config-snapshot.js';
import { buildQuotaEntries, compileQuotaPlan, type QuotaPlan, selectQuotas } from './build-quota-entries.js';
import { CompiledBudget, compileLimit } from './compiled-quota.js';
import { MAX_BUDGET } from './quota-store.port.js';
import { createBudget, createLimit } from './testing/limiter-fixtures.js';

const NOW_MS = Date.UTC(2026, 4, 17, 12);
const tenantId = createId<TenantId>();
const keyId = createId<KeyId>();
const subject = { tenantId, keyId, model: 'fast', servedModel: 'fast', tags: {}, user: null };
const demand = { requests: 1, inputTokens: 30, outputTokens: 12, costNanoUsd: 77n };

const compile = (limits: RateLimitConfig[], budgets: BudgetConfig[] = []): QuotaPlan =>
  compileQuotaPlan(limits, budgets, subject);
const idsOf = ({ quotas }: QuotaPlan): string[] => quotas.map(({ id }) => id);

describe('compileQuotaPlan', () => {
  it("takes the platform's and the tenant's own rows, never another tenant's", () => {
    const own = createLimit({ owner: tenantId });
    const platform = createLimit({ owner: 'platform' });
    const foreign = createLimit({ owner: createId<TenantId>() });
    expect(new Set(idsOf(compile([own, foreign, platform])))).toEqual(new Set([own.id, platform.id]));
  });

  it('takes a row only where key and model are in its scope', () => {
    const matching = [{}, { keyId }, { model: 'fast' }, { keyId, model: 'fast' }].map((scope) =>
      createLimit({ scope }),
    );
    const others = [{ keyId: createId<KeyId>() }, { model: 'slow' }, { keyId, model: 'slow' }].map((scope) =>
      createLimit({ scope }),
    );
    expect(new Set(idsOf(compile([...others, ...matching])))).toEqual(new Set(matching.map(({ id }) => id)));
  });

  it('asks requests and slots before tokens, and budgets last', () => {
    const metrics = ['output-tokens', 'tokens', 'concurrency', 'input-tokens', 'requests'] as const;
    const plan = compile(
      metrics.map((metric) => createLimit({ metric })),
      [createBudget()],
    );
    expect(plan.quotas.map(({ metric }) => metric)).toEqual([
      'requests',
      'concurrency',
      'output-tokens',
      'tokens',
      'input-tokens',
      'budget',
    ]);
  });

  it('decides for each request about rows of a tag or a user', () => {
    const [always, ofTag, ofUser, ofBoth] = [
      {},
      { tag: 'team=a' },
      { user: 'u' },
      { tag: 'team=a', user: 'u' },
    ].map((scope) => createLimit({ scope }));
    const plan = compile([always, ofTag, ofUser, ofBoth] as RateLimitConfig[]);
    const select = (tags: Record<string, string>, user: string | null) =>
      selectQuotas(plan, { tags, user }).map(({ id }) => id);
    expect(select({}, null)).toEqual([always?.id]);
    expect(select({ team: 'a' }, null)).toEqual([always?.id, ofTag?.id]);
    expect(select({ team: 'b' }, 'u')).toEqual([always?.id, ofUser?.id]);
    expect(select({ team: 'a' }, 'u')).toHaveLength(4);
  });

  it('takes a tag that inherits from Object for what it is', () => {
    const plan = compile([createLimit({ scope: { tag: 'constructor=x' } })]);
    expect(selectQuotas(plan, { tags: {}, user: null })).toEqual([]);
  });
});

describe('buildQuotaEntries', () => {
  it('asks each counter for what it counts', () => {
    const metrics = ['requests', 'concurrency', 'tokens', 'input-tokens', 'output-tokens'] as const;
    const budgets = [createBudget(), createBudget({ amountNanoUsd: null, amountTokens: 1_000 })];
    const plan = compile(
      metrics.map((metric) => createLimit({ metric })),
      budgets,
    );
    const entries = buildQuotaEntries(plan.quotas, { likely: demand, atMost: demand }, NOW_MS);
    expect(entries.map((entry) => ('amount' in entry ? entry.amount : entry.kind))).toEqual([
      1,
      'concurrency',
      42,
      30,
      12,
      77n,
      42n,
    ]);
  });
});

describe('a demand that was estimated', () => {
  it('is asked in full of hard budgets, and as is likely of everything else', () => {
    const plan = compile(
      [createLimit({ metric: 'tokens' })],
      [createBudget(), createBudget({ mode: 'soft' })],
    );
    const atMost = { ...demand, inputTokens: 300, costNanoUsd: 770n };
    const entries = buildQuotaEntries(plan.quotas, { likely: demand, atMost }, NOW_MS);
    expect(entries.map((entry) => ('amount' in entry ? entry.amount : null))).toEqual([42, 770n, 77n]);
  });
});

describe('counter keys', () => {
  it('change with everything that makes another counter, and only with that', () => {
    const base = createLimit({ scope: { keyId } });
    const changes: Partial<RateLimitConfig>[] = [
      {},
      { scope: {} },
      { scope: { keyId, user: 'k' } },
      { metric: 'tokens' },
      { windowSeconds: 61 },
      { id: createId() },
    ];
    const keys = changes.map((change) => compileLimit({ ...base, ...change }).key);
    expect(new Set(keys).size).toBe(changes.length);
    expect(compileLimit({ ...base, limit: 11 }).key).toBe(keys[0]);
  });

  it('do not let one scope pass for another', () => {
    const keyOf = (scope: RateLimitConfig['scope']): string =>
      compileLimit({ ...createLimit({ scope }), id: 'x' }).key;
    expect(keyOf({ user: 'a&t=b' })).not.toBe(keyOf({ user: 'a', tag: 'b' }));
    expect(keyOf({ user: 'a:requests' })).not.toBe(keyOf({ user: 'a' }));
  });

  it('move with the period of a budget', () => {
    const budget = new CompiledBudget(createBudget({ period: 'day' }));
    const today = budget.getKey(NOW_MS);
    expect(budget.getKey(NOW_MS + 11 * 3_600_000)).toBe(today);
    const tomorrow = budget.getKey(NOW_MS + 12 * 3_600_000);
    expect(tomorrow).not.toBe(today);
    expect(budget.getKey(NOW_MS)).toBe(today);
    expect(budget.renderKeyAt(NOW_MS + 12 * 3_600_000)).toBe(tomorrow);
  });
});

describe('CompiledBudget', () => {
  it('knows its thresholds in ascending order', () => {
    const { thresholds } = new CompiledBudget(
      createBudget({ amountNanoUsd: 1_000n, alertPercents: [100, 50, 80] }),
    );
    expect(thresholds).toEqual([
      { percent: 50, amount: 500n },
      { percent: 80, amount: 800n },
      { percent: 100, amount: 1_000n },
    ]);
  });

  it('is never larger than counters can count', () => {
    expect(new CompiledBudget(createBudget({ amountNanoUsd: 2n ** 63n - 1n })).limit).toBe(MAX_BUDGET);
  });
});
