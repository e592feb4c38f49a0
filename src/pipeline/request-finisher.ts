import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { MetricsService } from '../support/monitor/metrics.service.js';
import { TracingService } from '../support/tracing/tracing.service.js';
import type { RequestContext } from './request-context.js';
import { SettlementService } from './settlement/settlement.service.js';

const CLIENT_CLOSED = 499;

/**
 * The end of every request, from its `close` event: cancels what still runs, books what nobody booked, ends the trace.
 * A request that leads a shared upstream call and left is booked when that call ends, because it pays for all of it.
 */
@Injectable()
export class RequestFinisher {
  constructor(
    private readonly settlement: SettlementService,
    private readonly tracing: TracingService,
    private readonly metrics: MetricsService,
  ) {}

  finish(context: RequestContext): void {
    context.clientGone = !context.isDelivered || !context.reply.raw.writableFinished;
    context.close();
    if (context.isSettled) this.concludeAfter(context.settling, context);
    else if (context.flight?.leader === context && context.flight.hasOthersThanLeader) {
      context.flight.onFinish(() => this.settleAndConclude(context));
    } else this.settleAndConclude(context);
  }

  private settleAndConclude(context: RequestContext): void {
    const error = context.error ?? new GatewayError('client_closed_request');
    this.concludeAfter(this.settlement.settle(context, CLIENT_CLOSED, error) ?? null, context);
  }

  /** Usage and cost belong to what the trace and the metrics tell. */
  private concludeAfter(pending: Promise<void> | null, context: RequestContext): void {
    if (pending) void pending.then(() => this.conclude(context));
    else this.conclude(context);
  }

  private conclude(context: RequestContext): void {
    const status = context.clientGone ? CLIENT_CLOSED : context.status;
    this.tracing.endTrace(context.trace, {
      tenantId: context.grant?.tenant.id ?? null,
      keyId: context.grant?.key.id ?? null,
      clientRequestId: context.clientRequestId,
      route: context.route.name,
      model: context.modelName === '' ? null : context.modelName,
      provider: context.origin?.provider?.name ?? null,
      status,
      errorCode: context.error?.code ?? null,
      firedRules: context.firedRules,
      method: context.request.method,
      streamed: context.body?.native.stream ?? false,
      cacheOutcome: context.cacheOutcome,
      usage: context.usage,
      costNanoUsd: context.costNanoUsd,
    });
    this.metrics.recordRequest(context, status);
  }
}
