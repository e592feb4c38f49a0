import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { Answer } from '../answer.js';
import type { DataPlaneRequest, RequestContext } from '../request-context.js';
import { RefusalRecorder } from './refusal-recorder.service.js';

/** Raises a budget or token refusal that was kept while the cache could still have answered for nothing. */
@Injectable()
export class QuotaInterceptor implements NestInterceptor<Answer, Answer> {
  constructor(private readonly refusals: RefusalRecorder) {}

  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<Answer> {
    const { pipeline } = context.switchToHttp().getRequest<DataPlaneRequest>();
    const { keptRefusal } = pipeline;
    return keptRefusal === null ? next.handle() : this.raise(pipeline, keptRefusal);
  }

  private raise(pipeline: RequestContext, refusal: GatewayError): Observable<never> {
    this.refusals.record(pipeline, refusal);
    return throwError(() => refusal);
  }
}
