import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable, of } from 'rxjs';
import type { Answer } from '../answer.js';
import type { DataPlaneRequest, RequestContext } from '../request-context.js';
import { RateLimiterService } from '../rate-limiter/rate-limiter.service.js';
import { RefusalRecorder } from '../rate-limiter/refusal-recorder.service.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { CacheManagerService } from './cache-manager.service.js';

/**
 * Answers from the cache where it can: such a request gives its reservation back, uses no quota and no provider. Where it
 * cannot, a refusal of tokens or money that was kept until now ends the request.
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor<Answer, Answer> {
  constructor(
    private readonly cache: CacheManagerService,
    private readonly rateLimiter: RateLimiterService,
    private readonly refusals: RefusalRecorder,
    private readonly metrics: MetricsService,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<Answer> {
    const { pipeline } = context.switchToHttp().getRequest<DataPlaneRequest>();
    if (pipeline.cacheKey === null) {
      pipeline.trace.skipStage('cache-manager', pipeline.cacheSkipReason ?? 'not cacheable');
      this.refusals.raiseKept(pipeline);
      return next.handle();
    }
    pipeline.trace.beginStage('cache-manager');
    const stored = this.cache.lookupCache(pipeline);
    if (stored !== null) {
      pipeline.cacheOutcome = 'hit';
      pipeline.keptRefusal = null;
      if (pipeline.quota !== null) this.rateLimiter.release(pipeline.quota);
      this.metrics.recordCacheHit();
      pipeline.trace.logStage('cache-manager', 'ran', 'hit');
      pipeline.trace.skipRemaining('answered from the cache');
      return of(stored);
    }
    pipeline.cacheOutcome = 'miss';
    const answer = this.cache.answerMiss(pipeline, () => {
      this.refusals.raiseKept(pipeline);
      return lastValueFrom(next.handle());
    });
    this.logMiss(pipeline);
    return from(answer);
  }

  /** Known at once: whether another request's call is waited for. */
  private logMiss({ trace, cacheOutcome }: RequestContext): void {
    trace.logStage('cache-manager', 'ran', cacheOutcome);
    if (cacheOutcome === 'shared') trace.skipRemaining('answered by the call of an identical request');
  }
}
