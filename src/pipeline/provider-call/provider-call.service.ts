import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { Answer } from '../answer.js';
import { filterRequestHeaders } from '../provider-router/filter-request-headers.js';
import { ProviderRouterService } from '../provider-router/provider-router.service.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import type { RequestContext } from '../request-context.js';
import { ProviderCall } from './provider-call.js';

/** The innermost step of a request: asks the provider router for an answer and meters what comes back. */
@Injectable()
export class ProviderCallService {
  constructor(
    private readonly router: ProviderRouterService,
    private readonly formatAdapter: FormatAdapterService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws GatewayError when no candidate answered. */
  handleRequest(context: RequestContext): Promise<Answer> {
    const { trace } = context;
    trace.beginStage('provider-router');
    const plan = context.getPlan();
    const candidates = this.router.selectProvider(plan.deployments, plan.model.strategy);
    trace.logStage('provider-router', 'ran', {
      model: plan.model.name,
      strategy: plan.model.strategy,
      candidates: candidates.length,
      first: candidates[0]?.deployment.id ?? null,
    });
    const call = new ProviderCall(context, candidates, {
      router: this.router,
      formatAdapter: this.formatAdapter,
      clientHeaders: filterRequestHeaders(context.request.headers),
      clock: this.clock,
      timeoutMs: context.controls.timeoutMs,
    });
    context.upstreamRun = call;
    // A shared call outlives the request that started it; the flight ends it.
    if (context.flight === null) context.onClose(() => call.abort());
    return call.start();
  }
}
