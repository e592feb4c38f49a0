import type { ExecutionContext } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import type { MetricsService } from '../../support/monitor/metrics.service.js';
import type { RefusalLedger } from '../../support/monitor/refusal-ledger.service.js';
import type { UsageLedger } from '../../support/monitor/usage-event.js';
import type { CacheManagerService } from '../cache-manager/cache-manager.service.js';
import type { DataPlaneRouteName } from '../data-plane-routes.js';
import type { RequestContext } from '../request-context.js';
import type { QuotaDecision } from './quota-negotiator.js';
import { QuotaOutcome } from './quota-outcome.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import type { RateLimiterService } from './rate-limiter.service.js';
import { RefusalRecorder } from './refusal-recorder.service.js';
import { LimitedKey } from './testing/limiter-fixtures.js';

const outcome = new QuotaOutcome(null, [], []);
const admitted: QuotaDecision = { outcome, refusal: null, isKept: false, cached: Buffer.from('stored') };

function setUp(
  decision: QuotaDecision | Promise<QuotaDecision>,
  { isWritable = true, route = 'messages' }: { isWritable?: boolean; route?: DataPlaneRouteName } = {},
) {
  const pipeline = new LimitedKey({}).createRequest({ route });
  const seen = {
    cacheKey: null as string | null,
    released: [] as QuotaOutcome[],
    refusals: [] as string[],
    counted: [] as unknown[],
  };
  const limiter = {
    checkLimit: (_context: RequestContext, cacheKey: string | null) => {
      seen.cacheKey = cacheKey;
      return decision;
    },
    checkRequest: () => decision,
    release: (released: QuotaOutcome) => seen.released.push(released),
  };
  const guard = new RateLimitGuard(
    limiter as unknown as RateLimiterService,
    { prepare: () => 'cache-key' } as unknown as CacheManagerService,
    { isWritable: () => isWritable } as UsageLedger,
    new RefusalRecorder(
      { recordRefusal: (name: string) => seen.refusals.push(name) } as unknown as MetricsService,
      { count: (...counted: unknown[]) => seen.counted.push(counted) } as unknown as RefusalLedger,
    ),
  );
  const context = {
    getArgByIndex: () => ({ pipeline }),
  } as unknown as ExecutionContext;
  return { pipeline, seen, run: () => guard.canActivate(context) };
}

const refusalOf = (code: 'rate_limit_exceeded' | 'budget_exceeded', metric: string): GatewayError =>
  new GatewayError(code, { details: { limit_metric: metric } });

describe('RateLimitGuard', () => {
  it('answers at once when the limiter does, and passes on what the shared cache has', () => {
    const { pipeline, seen, run } = setUp(admitted);
    expect(run()).toBe(true);
    expect(seen.cacheKey).toBe('cache-key');
    expect([pipeline.quota, pipeline.sharedCacheBytes?.toString()]).toEqual([outcome, 'stored']);
  });

  it('asks the cache nothing about a request that asks no model', () => {
    const { pipeline, seen, run } = setUp({ ...admitted, cached: null }, { route: 'count-tokens' });
    expect(run()).toBe(true);
    expect([pipeline.quota, seen.cacheKey]).toEqual([outcome, null]);
  });

  it('refuses new work while usage cannot be recorded', () => {
    const { run } = setUp(admitted, { isWritable: false });
    expect(run).toThrow(expect.objectContaining({ code: 'ledger_unavailable' }));
  });

  it('refuses by a rate limit at once, with the headers', async () => {
    const refusal = refusalOf('rate_limit_exceeded', 'requests');
    const { pipeline, seen, run } = setUp(Promise.resolve({ ...admitted, refusal }));
    await expect(run()).rejects.toBe(refusal);
    expect([pipeline.wasRateLimited, pipeline.quota, seen.refusals]).toEqual([true, outcome, ['requests']]);
    const { tenant, key } = pipeline.getGrant();
    expect(seen.counted).toEqual([[tenant.id, key.id, 'requests']]);
  });

  it('keeps a refusal of money or tokens until the cache was asked', async () => {
    const refusal = refusalOf('budget_exceeded', 'budget');
    const { pipeline, seen, run } = setUp(Promise.resolve({ ...admitted, refusal, isKept: true }));
    expect(await run()).toBe(true);
    expect([pipeline.keptRefusal, pipeline.wasRateLimited, seen.refusals]).toEqual([refusal, false, []]);
  });

  it('gives back what was reserved for a client that left meanwhile', async () => {
    const { pipeline, seen, run } = setUp(Promise.resolve(admitted));
    const running = run();
    pipeline.isSettled = true;
    await expect(running).rejects.toMatchObject({ code: 'client_closed_request' });
    expect(seen.released).toEqual([outcome]);
  });
});
