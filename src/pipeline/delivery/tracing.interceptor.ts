import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import type { Answer } from '../answer.js';
import type { DataPlaneRequest } from '../request-context.js';
import { AnswerDeliveryService } from './answer-delivery.service.js';

/** Outermost: whatever answers inside, live or cached, is delivered and traced here. */
@Injectable()
export class TracingInterceptor implements NestInterceptor<Answer, void> {
  constructor(private readonly delivery: AnswerDeliveryService) {}

  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<void> {
    const { pipeline } = context.switchToHttp().getRequest<DataPlaneRequest>();
    return next.handle().pipe(mergeMap((answer) => this.delivery.deliver(pipeline, answer)));
  }
}
