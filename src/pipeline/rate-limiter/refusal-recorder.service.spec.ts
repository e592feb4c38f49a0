import { GatewayError } from '../../errors/gateway-error.js';
import type { MetricsService } from '../../support/monitor/metrics.service.js';
import type { RefusalLedger } from '../../support/monitor/refusal-ledger.service.js';
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
  return { pipeline, refusals, counted, raiseKept: () => recorder.raiseKept(pipeline) };
}

describe('RefusalRecorder', () => {
  it('lets a request through that nothing refused', () => {
    const { refusals, raiseKept } = setUp(null);
    raiseKept();
    expect(refusals).toEqual([]);
  });

  it('raises a kept budget refusal, which is a row of the ledger', () => {
    const refusal = new GatewayError('budget_exceeded');
    const { pipeline, refusals, counted, raiseKept } = setUp(refusal);
    expect(raiseKept).toThrow(refusal);
    expect([pipeline.wasRateLimited, refusals, counted]).toEqual([false, ['budget'], []]);
  });

  it('raises a kept token refusal, which is none', () => {
    const refusal = new GatewayError('rate_limit_exceeded', { details: { limit_metric: 'input-tokens' } });
    const { pipeline, refusals, counted, raiseKept } = setUp(refusal);
    expect(raiseKept).toThrow(refusal);
    expect([pipeline.wasRateLimited, refusals, counted]).toEqual([true, ['tokens'], ['input-tokens']]);
  });
});
