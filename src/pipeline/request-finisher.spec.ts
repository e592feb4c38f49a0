import { jest } from '@jest/globals';
import type { MetricsService } from '../support/monitor/metrics.service.js';
import type { TracingService } from '../support/tracing/tracing.service.js';
import type { RequestContext } from './request-context.js';
import { RequestFinisher } from './request-finisher.js';
import type { SettlementService } from './settlement/settlement.service.js';

it('ends the trace of a request that closes while its tokens are counted when they are', async () => {
  const endTrace = jest.fn();
  const recordRequest = jest.fn();
  const settle = jest.fn();
  const finisher = new RequestFinisher(
    { settle } as unknown as SettlementService,
    { endTrace } as unknown as TracingService,
    { recordRequest } as unknown as MetricsService,
  );
  let countedNow!: () => void;
  const settling = new Promise<void>((resolve) => (countedNow = resolve));
  const context = {
    ...{ isSettled: true, settling, isDelivered: false, status: 200, grant: null, origin: null, body: null },
    ...{ reply: { raw: { writableFinished: false } }, route: { name: 'messages' }, modelName: 'm' },
    ...{ request: { method: 'POST' }, error: null, close: jest.fn() },
  };
  finisher.finish(context as unknown as RequestContext);
  expect(context.close).toHaveBeenCalled();
  expect(endTrace).not.toHaveBeenCalled();
  countedNow();
  await settling;
  await Promise.resolve();
  expect(settle).not.toHaveBeenCalled();
  expect(endTrace).toHaveBeenCalledTimes(1);
  expect(recordRequest).toHaveBeenCalledWith(context, 499);
});
