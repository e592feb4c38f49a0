import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import type { GatewayError } from '../../errors/gateway-error.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import type { Answer } from '../answer.js';
import type { DataPlaneRequest, RequestContext } from '../request-context.js';
import { nameRefusal } from './create-quota-refusal.js';

/** Raises a budget or token refusal that was kept while the cache could still have answered for nothing. */
@Injectable()
export class QuotaInterceptor implements NestInterceptor<Answer, Answer> {
  constructor(private readonly metrics: MetricsService) {}

  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<Answer> {
    const { pipeline } = context.switchToHttp().getRequest<DataPlaneRequest>();
    const { keptRefusal } = pipeline;
    return keptRefusal === null ? next.handle() : this.raise(pipeline, keptRefusal);
  }

  private raise(pipeline: RequestContext, refusal: GatewayError): Observable<never> {
    // A token limit is a rate limit: such a request is counted, but not a row of the ledger.
    pipeline.wasRateLimited = refusal.code === 'rate_limit_exceeded';
    this.metrics.recordRefusal(nameRefusal(refusal));
    return throwError(() => refusal);
  }
}
