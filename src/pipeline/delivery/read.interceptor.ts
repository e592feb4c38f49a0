import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { getRequestContext, type RequestContext } from '../request-context.js';
import { SettlementService } from '../settlement/settlement.service.js';
import { buildResponseHeaders } from './response-headers.js';

/** Answers that no provider gives (lists, counts): booked where they are usage, and sent with the headers of all answers. */
@Injectable()
export class ReadInterceptor implements NestInterceptor {
  constructor(
    private readonly settlement: SettlementService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const pipeline = getRequestContext(context);
    return next.handle().pipe(mergeMap((value) => this.prepare(pipeline, value)));
  }

  private async prepare(context: RequestContext, value: unknown): Promise<unknown> {
    await this.settlement.settle(context, 200, null);
    const headers = buildResponseHeaders(context, this.clock.monotonicMs());
    for (let index = 0; index < headers.length; index += 2) {
      void context.reply.header(headers[index] as string, headers[index + 1]);
    }
    if (context.isDraining) void context.reply.header('connection', 'close');
    context.status = 200;
    context.isDelivered = true;
    return value;
  }
}
