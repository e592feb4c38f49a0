import { ManualClock } from '../../../common/clock.port.js';
import { createId, type RequestId } from '../../../common/ids.js';
import { PipelineTrace } from '../../../support/tracing/trace-builder.js';
import type { PolicyConfig } from '../../../tenancy/config-snapshot.js';
import type { EffectivePlan } from '../../effective-plan/effective-plan.js';
import { RequestContext } from '../../request-context.js';
import type { ValidationGateService } from '../validation-gate.service.js';

/** A request of which only its trace and its policies matter. */
export function createCheckedRequest(
  gate: ValidationGateService,
  policies: readonly PolicyConfig[],
): RequestContext {
  const id = createId<RequestId>();
  const clock = new ManualClock();
  const context = new RequestContext({
    id,
    request: {} as never,
    reply: {} as never,
    route: {} as never,
    errorDialect: 'openai',
    ip: '127.0.0.1',
    clientRequestId: null,
    startedAtMs: clock.nowMs(),
    startedMonotonicMs: clock.monotonicMs(),
    isDraining: false,
    trace: new PipelineTrace({ id, clock, traceparent: undefined }),
  });
  context.plan = { policies: gate.compile(policies) } as EffectivePlan;
  return context;
}
