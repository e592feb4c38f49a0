import { Injectable } from '@nestjs/common';
import type { GatewayError } from '../../errors/gateway-error.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { RefusalLedger } from '../../support/monitor/refusal-ledger.service.js';
import type { LimitMetric } from '../../tenancy/config-snapshot.js';
import type { RequestContext } from '../request-context.js';
import { nameRefusal } from './create-quota-refusal.js';

/** Raises refusals by limits and budgets, and counts each once per request. */
@Injectable()
export class RefusalRecorder {
  constructor(
    private readonly metrics: MetricsService,
    private readonly ledger: RefusalLedger,
  ) {}

  /** Raises a refusal of tokens or money that was kept while the cache could still have answered for nothing. */
  raiseKept(context: RequestContext): void {
    if (context.keptRefusal !== null) this.raise(context, context.keptRefusal);
  }

  raise(context: RequestContext, refusal: GatewayError): never {
    this.record(context, refusal);
    throw refusal;
  }

  /** A refusal by a rate limit, a token limit among them, is counted here and is no row of the ledger; one of money is a row. */
  private record(context: RequestContext, refusal: GatewayError): void {
    this.metrics.recordRefusal(nameRefusal(refusal));
    if (refusal.code !== 'rate_limit_exceeded') return;
    context.wasRateLimited = true;
    const { tenant, key } = context.getGrant();
    this.ledger.count(tenant.id, key.id, refusal.details?.limit_metric as LimitMetric);
  }
}
