import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { lastValueFrom, of } from 'rxjs';
import { GatewayError } from '../../errors/gateway-error.js';
import type { MetricsService } from '../../support/monitor/metrics.service.js';
import type { RefusalLedger } from '../../support/monitor/refusal-ledger.service.js';
import type { Answer } from '../answer.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { RefusalRecorder } from './refusal-recorder.service.js';
import { LimitedKey } from './testing/limiter-fixtures.js';

function setUp(keptRefusal: GatewayError | null) {
  const refusals: string[] = [];
  const pipeline = Object.assign(new LimitedKey({}).createRequest(), { keptRefusal });
  const counted: unknown[] = [];
  const recorder = new RefusalRecorder(
    { recordRefusal: (name: string) => refusals.push(name) } as unknown as MetricsService,
    { count: (...args: unknown[]) => counted.push(args[2]) } as unknown as RefusalLedger,
  );
  const interceptor = new QuotaInterceptor(recorder);
  const context = {
    switchToHttp: () => ({ getRequest: () => ({ pipeline }) }),
  } as unknown as ExecutionContext;
  const next: CallHandler<Answer> = { handle: () => of('answer' as unknown as Answer) };
  return { pipeline, refusals, counted, run: () => lastValueFrom(interceptor.intercept(context, next)) };
}

describe('QuotaInterceptor', () => {
  it('lets a request through that nothing refused', async () => {
    const { refusals, run } = setUp(null);
    expect([await run(), refusals]).toEqual(['answer', []]);
  });

  it('raises a kept budget refusal, which is a row of the ledger', async () => {
    const refusal = new GatewayError('budget_exceeded');
    const { pipeline, refusals, counted, run } = setUp(refusal);
    await expect(run()).rejects.toBe(refusal);
    expect([pipeline.wasRateLimited, refusals, counted]).toEqual([false, ['budget'], []]);
  });

  it('raises a kept token refusal, which is none', async () => {
    const refusal = new GatewayError('rate_limit_exceeded', { details: { limit_metric: 'input-tokens' } });
    const { pipeline, refusals, counted, run } = setUp(refusal);
    await expect(run()).rejects.toBe(refusal);
    expect([pipeline.wasRateLimited, refusals, counted]).toEqual([true, ['tokens'], ['input-tokens']]);
  });
});
