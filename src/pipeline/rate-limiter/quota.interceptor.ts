import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import type { Answer } from '../answer.js';
import type { DataPlaneRequest } from '../request-context.js';

/** Raises a budget or token refusal that was kept while the cache could still have answered for nothing. */
@Injectable()
export class QuotaInterceptor implements NestInterceptor<Answer, Answer> {
  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<Answer> {
    const { keptRefusal } = context.switchToHttp().getRequest<DataPlaneRequest>().pipeline;
    return keptRefusal === null ? next.handle() : throwError(() => keptRefusal);
  }
}
