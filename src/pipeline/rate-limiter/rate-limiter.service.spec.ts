import { Logger } from '@nestjs/common';
import type { CountSource } from '../../chat/usage.js';
import { ManualClock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { JournaledUsageLedger } from '../../support/monitor/journaled-usage-ledger.js';
import type { ConfigSnapshot } from '../../tenancy/config-snapshot.js';
import type { ConfigStore } from '../../tenancy/config-store.js';
import type { RequestContext } from '../request-context.js';
import type { TokenCounterService } from '../token-counter/token-counter.service.js';
import type { BudgetAlertsService, BudgetLevel } from './budget-alerts.service.js';
import { InProcessQuotaStore } from './in-process-quota-store.js';
import type { QuotaDecision } from './quota-negotiator.js';
import type { QuotaStore, ReserveRequest, ReserveResult } from './quota-store.port.js';
import { RateLimiterService } from './rate-limiter.service.js';
import { createBudget, createLimit, LimitedKey, type RequestShape } from './testing/limiter-fixtures.js';

type Rows = ConstructorParameters<typeof LimitedKey>[0];

/** The limiter on real counters; the ledger, the counter of tokens and the configuration say what the test wants. */
class Limiter {
  readonly clock = new ManualClock(Date.UTC(2026, 4, 17, 12));
  readonly levels: BudgetLevel[] = [];
  spent = 0n;
  isLedgerDown = false;
  countedTokens = 100;
  countSource: CountSource = 'tokenizer';
  counts = 0;
  readonly key: LimitedKey;
  readonly service: RateLimiterService;

  constructor(rows: Rows, store: QuotaStore = new InProcessQuotaStore()) {
    this.key = new LimitedKey(rows, this.clock);
    const counter = {
      estimateInputUpperBound: (_native: unknown, bodyBytes: number) => bodyBytes,
      countTokens: () => {
        this.counts += 1;
        return Promise.resolve({ tokens: this.countedTokens, source: this.countSource });
      },
    };
    const ledger = {
      findSpent: () =>
        this.isLedgerDown
          ? Promise.reject(new Error('PostgreSQL is down'))
          : Promise.resolve({ costNanoUsd: this.spent, tokens: this.spent }),
    };
    const snapshot = {
      rateLimits: rows.limits ?? [],
      budgets: rows.budgets ?? [],
    } as unknown as ConfigSnapshot;
    this.service = new RateLimiterService(
      store,
      counter as unknown as TokenCounterService,
      ledger as unknown as JournaledUsageLedger,
      { current: () => snapshot } as ConfigStore,
      { observe: (level: BudgetLevel) => this.levels.push(level) } as unknown as BudgetAlertsService,
      this.clock,
    );
  }

  ask(shape: RequestShape = {}): {
    context: RequestContext;
    decision: QuotaDecision | Promise<QuotaDecision>;
  } {
    const context = this.key.createRequest(shape);
    return { context, decision: this.service.checkLimit(context, null) };
  }

  async decide(shape: RequestShape = {}): Promise<QuotaDecision> {
    return this.ask(shape).decision;
  }

  async settle(
    decision: QuotaDecision,
    used: Partial<Parameters<RateLimiterService['settle']>[1]>,
  ): Promise<void> {
    if (decision.outcome === null) throw new Error('Nothing was reserved');
    this.service.settle(decision.outcome, { inputTokens: 0, outputTokens: 0, costNanoUsd: 0n, ...used });
    return Promise.resolve();
  }
}

function headersOf(decision: QuotaDecision): Record<string, string> {
  const list = decision.outcome?.headers ?? [];
  return Object.fromEntries(
    Array.from({ length: list.length / 2 }, (_, index) => list.slice(2 * index, 2 * index + 2)),
  );
}

beforeAll(() => Logger.overrideLogger(false));

describe('RateLimiterService', () => {
  it('asks nobody where nothing is limited', () => {
    const { decision, context } = new Limiter({}).ask();
    expect(decision).toEqual({ outcome: null, refusal: null, isKept: false, cached: null });
    expect(context.trace.stages.find(({ stage }) => stage === 'token-counter')?.detail).toBe(
      'no limit counts tokens',
    );
  });

  it('answers at once in process', () => {
    const { decision } = new Limiter({ limits: [createLimit()] }).ask();
    expect(decision).not.toBeInstanceOf(Promise);
  });

  it('refuses by a rate limit at once, says when to come back and holds nothing', async () => {
    const limit = createLimit({ limit: 2 });
    const limiter = new Limiter({ limits: [limit, createLimit({ metric: 'concurrency', limit: 3 })] });
    await limiter.decide();
    await limiter.decide();
    const refused = await limiter.decide();
    expect(refused).toMatchObject({ isKept: false, refusal: { code: 'rate_limit_exceeded' } });
    expect(refused.refusal?.details).toEqual({ limit_id: limit.id, limit_metric: 'requests' });
    expect(refused.refusal?.retryAfterMs).toBeGreaterThan(59_000);
    expect(headersOf(refused)).toMatchObject({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '0',
    });
    expect(refused.outcome?.hold).toBeNull();
  });

  it('frees a slot when a request is settled and counts it as one', async () => {
    const limiter = new Limiter({
      limits: [createLimit({ limit: 2 }), createLimit({ metric: 'concurrency', limit: 1 })],
    });
    const first = await limiter.decide();
    expect((await limiter.decide()).refusal?.details?.limit_metric).toBe('concurrency');
    await limiter.settle(first, {});
    expect((await limiter.decide()).refusal).toBeNull();
    expect((await limiter.decide()).refusal?.details?.limit_metric).toBe('requests');
  });

  it('counts a request that asks no model as one that holds a slot, not in tokens or money', async () => {
    const limiter = new Limiter({
      limits: [
        createLimit({ limit: 2 }),
        createLimit({ metric: 'concurrency', limit: 1 }),
        createLimit({ metric: 'tokens', limit: 1 }),
      ],
      budgets: [createBudget({ amountNanoUsd: 1n })],
      prices: [null],
    });
    const ask = async () => limiter.service.checkRequest(limiter.key.createRequest());
    const first = await ask();
    expect(first.refusal).toBeNull();
    expect((await ask()).refusal?.details?.limit_metric).toBe('concurrency');
    await limiter.settle(first, {});
    await limiter.settle(await ask(), {});
    expect((await ask()).refusal?.details?.limit_metric).toBe('requests');
  });

  it('counts nothing of a request that is released', async () => {
    const limiter = new Limiter({
      limits: [createLimit({ limit: 1 })],
      budgets: [createBudget({ amountNanoUsd: 120_000n })],
    });
    for (let index = 0; index < 3; index += 1) {
      const decision = await limiter.decide();
      expect(decision.refusal).toBeNull();
      if (decision.outcome) limiter.service.release(decision.outcome);
    }
  });

  it('settles once', async () => {
    const limiter = new Limiter({ budgets: [createBudget({ amountNanoUsd: 300_000n })] });
    const decision = await limiter.decide();
    await limiter.settle(decision, { costNanoUsd: 100_000n });
    await limiter.settle(decision, { costNanoUsd: 0n });
    if (decision.outcome) limiter.service.release(decision.outcome);
    await limiter.decide();
    expect((await limiter.decide()).refusal?.code).toBe('budget_exceeded');
  });

  it('keeps a budget refusal for later and counts the request as one all the same', async () => {
    const budget = createBudget({ amountNanoUsd: 119_999n });
    const limiter = new Limiter({
      limits: [createLimit({ limit: 3 }), createLimit({ metric: 'concurrency', limit: 1 })],
      budgets: [budget],
    });
    limiter.countedTokens = 100;
    const kept = await limiter.decide();
    expect(kept).toMatchObject({
      isKept: true,
      refusal: { code: 'budget_exceeded', details: { budget_id: budget.id } },
    });
    expect(headersOf(kept)['x-ratelimit-remaining-requests']).toBe('2');
    expect((await limiter.decide()).refusal?.details?.limit_metric).toBe('concurrency');
    await limiter.settle(kept, {});
    await limiter.settle(await limiter.decide(), {});
    await limiter.settle(await limiter.decide(), {});
    expect((await limiter.decide()).refusal?.details?.limit_metric).toBe('requests');
  });

  it('keeps a token refusal and shows what is left of the tokens', async () => {
    const limiter = new Limiter({ limits: [createLimit(), createLimit({ metric: 'tokens', limit: 109 })] });
    const kept = await limiter.decide();
    expect(kept).toMatchObject({
      isKept: true,
      refusal: { code: 'rate_limit_exceeded', details: { limit_metric: 'tokens' } },
    });
    expect(headersOf(kept)).toMatchObject({
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-remaining-tokens': '109',
    });
  });

  it('counts the input where the upper bound is too much and the count could fit', async () => {
    const limiter = new Limiter({ limits: [createLimit({ metric: 'tokens', limit: 60 })] });
    limiter.countedTokens = 50;
    const decision = await limiter.decide();
    expect(decision.refusal).toBeNull();
    expect(headersOf(decision)['x-ratelimit-remaining-tokens']).toBe('0');
  });

  it.each([
    ['estimate', 'soft', null],
    ['estimate', 'hard', 'budget_exceeded'],
    ['tokenizer', 'hard', null],
  ] as const)(
    'lets a count that is an %s pass a limit on tokens; a %s budget then says %s',
    async (source, mode, code) => {
      const limits = [createLimit({ metric: 'tokens', limit: 60 })];
      const limiter = new Limiter({ limits, budgets: [createBudget({ mode, amountNanoUsd: 119_999n })] });
      limiter.countedTokens = 50;
      limiter.countSource = source;
      expect((await limiter.decide()).refusal?.code ?? null).toBe(code);
    },
  );

  it('does not count where no count could fit', async () => {
    const limiter = new Limiter({ limits: [createLimit({ metric: 'tokens', limit: 12 })] });
    limiter.countedTokens = 1;
    expect((await limiter.decide()).isKept).toBe(true);
    expect(limiter.counts).toBe(0);
  });

  it('books more than was reserved, so that the next request is refused', async () => {
    const limiter = new Limiter({ budgets: [createBudget({ amountNanoUsd: 1_000_000n })] });
    await limiter.settle(await limiter.decide(), { costNanoUsd: 1_000_001n });
    expect((await limiter.decide()).refusal?.code).toBe('budget_exceeded');
  });

  it('never lets concurrent requests overspend a hard budget', async () => {
    const limiter = new Limiter({ budgets: [createBudget({ amountNanoUsd: 1_000_000n })] });
    const decisions = await Promise.all(Array.from({ length: 100 }, () => limiter.decide()));
    expect(decisions.filter(({ refusal }) => refusal === null)).toHaveLength(8);
  });

  it('starts a budget from the ledger', async () => {
    const limiter = new Limiter({ budgets: [createBudget({ amountNanoUsd: 1_000_000n })] });
    limiter.spent = 880_001n;
    expect((await limiter.decide()).refusal?.code).toBe('budget_exceeded');
  });

  it('refuses under a hard budget that the ledger cannot speak for, and not under a soft one', async () => {
    const hard = new Limiter({ budgets: [createBudget()] });
    hard.isLedgerDown = true;
    await expect(hard.decide()).rejects.toMatchObject({ code: 'quota_unavailable' });
    const soft = new Limiter({ limits: [createLimit()], budgets: [createBudget({ mode: 'soft' })] });
    soft.isLedgerDown = true;
    expect((await soft.decide()).refusal).toBeNull();
  });

  it('lets a soft budget be passed, but reports it', async () => {
    const limiter = new Limiter({
      budgets: [createBudget({ mode: 'soft', amountNanoUsd: 100n, alertPercents: [80] })],
    });
    expect((await limiter.decide()).refusal).toBeNull();
    // 100 bytes of input and 10 tokens of output, reserved above the limit.
    expect(limiter.levels.at(-1)?.used).toBe(120_000n);
  });

  it('asks under a new id each time, and holds under the last', async () => {
    const inner = new InProcessQuotaStore();
    const ids: string[] = [];
    const reserve = (request: ReserveRequest) => {
      ids.push(request.reservationId);
      return inner.reserve(request);
    };
    const store = {
      reserve,
      initialiseBudget: inner.initialiseBudget.bind(inner),
      settle: inner.settle.bind(inner),
    };
    const limiter = new Limiter({ budgets: [createBudget()] }, store as unknown as QuotaStore);
    const decision = await limiter.decide();
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    expect(decision.outcome?.hold?.reservationId).toBe(ids[1]);
    expect(inner.size.reservations).toBe(1);
    await limiter.settle(decision, {});
    expect(inner.size.reservations).toBe(0);
  });

  it('has the gateway send a maximum under a hard budget when the client sent none', async () => {
    const hard = new Limiter({ budgets: [createBudget()] });
    const { context, decision } = hard.ask({ maxOutputTokens: null });
    await decision;
    expect(context.enforcedMaxOutputTokens).toBe(100);
    const own = hard.ask({ maxOutputTokens: 5 });
    const soft = new Limiter({ budgets: [createBudget({ mode: 'soft' })] }).ask({ maxOutputTokens: null });
    await Promise.all([own.decision, soft.decision]);
    expect([own.context.enforcedMaxOutputTokens, soft.context.enforcedMaxOutputTokens]).toEqual([null, null]);
  });

  it('refuses a model without a price under a hard money budget unless the budget allows it', async () => {
    const refusing = new Limiter({ budgets: [createBudget()], prices: [null] });
    expect(() => refusing.ask()).toThrow(GatewayError);
    const tolerant = [
      createBudget({ unpriced: 'allow' }),
      createBudget({ mode: 'soft' }),
      createBudget({ amountNanoUsd: null, amountTokens: 10_000 }),
    ];
    for (const budget of tolerant) {
      expect((await new Limiter({ budgets: [budget], prices: [null] }).decide()).refusal).toBeNull();
    }
  });

  it('applies rows of a tag or user to their requests alone', async () => {
    const limiter = new Limiter({ limits: [createLimit({ scope: { tag: 'team=a' }, limit: 1 })] });
    await limiter.decide({ tags: { team: 'a' } });
    expect((await limiter.decide({ tags: { team: 'b' } })).refusal).toBeNull();
    expect((await limiter.decide({ tags: { team: 'a' } })).refusal).not.toBeNull();
  });

  it('answers 503 when nobody can say what is used', async () => {
    const unknown: ReserveResult = { outcome: 'unknown', cause: new Error('Redis'), mayHaveRun: true };
    const store = { reserve: () => Promise.resolve(unknown) } as unknown as QuotaStore;
    await expect(new Limiter({ limits: [createLimit()] }, store).decide()).rejects.toMatchObject({
      code: 'quota_unavailable',
    });
  });

  it('describes limits and what is left of budgets, for every model of the key', async () => {
    const budgets = [
      createBudget({ amountNanoUsd: 2_000_000_000n }),
      createBudget({ amountNanoUsd: null, amountTokens: 5, period: 'total' }),
    ];
    const limiter = new Limiter({ limits: [createLimit({ scope: { model: 'another' } })], budgets });
    limiter.spent = 500_000_000n;
    const context = limiter.key.createRequest();
    const report = await limiter.service.describeQuota(context);
    expect(report.limits).toMatchObject([{ metric: 'requests', limit: 10, windowSeconds: 60 }]);
    expect(report.budgets).toMatchObject([
      { amount: '2', used: '0.5', remaining: '1.5', unit: 'usd', renewsAt: '2026-05-18T00:00:00.000Z' },
      { amount: 5, used: 500_000_000, remaining: 0, unit: 'tokens', renewsAt: null },
    ]);
    expect(await limiter.service.isWithinBudget(context)).toBe(false);
  });

  it('says that it does not know what is left while the ledger does not answer', async () => {
    const limiter = new Limiter({ budgets: [createBudget()] });
    limiter.isLedgerDown = true;
    const { budgets } = await limiter.service.describeQuota(limiter.key.createRequest());
    expect(budgets).toMatchObject([{ used: null, remaining: null }]);
  });
});
