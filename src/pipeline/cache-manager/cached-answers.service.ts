import { Injectable } from '@nestjs/common';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import type { Answer } from '../answer.js';
import { RateLimiterService } from '../rate-limiter/rate-limiter.service.js';
import { RefusalRecorder } from '../rate-limiter/refusal-recorder.service.js';
import type { RequestContext } from '../request-context.js';
import { CacheManagerService } from './cache-manager.service.js';

/**
 * Answers from the cache where it can: such a request gives its reservation back, uses no quota and no provider. Where it
 * cannot, a refusal of tokens or money that was kept until now ends the request.
 */
@Injectable()
export class CachedAnswersService {
  constructor(
    private readonly cache: CacheManagerService,
    private readonly rateLimiter: RateLimiterService,
    private readonly refusals: RefusalRecorder,
    private readonly metrics: MetricsService,
  ) {}

  /**
   * A hit at once, else a promise of what `callUpstream` or the running call of an identical request answers.
   * @throws GatewayError: a refusal that was kept, at once or later.
   */
  answer(context: RequestContext, callUpstream: () => Promise<Answer>): Answer | Promise<Answer> {
    if (context.cacheKey === null) {
      context.trace.skipStage('cache-manager', context.cacheSkipReason ?? 'not cacheable');
      this.refusals.raiseKept(context);
      return callUpstream();
    }
    context.trace.beginStage('cache-manager');
    const stored = this.cache.lookupCache(context);
    if (stored !== null) {
      this.countHit(context);
      return stored;
    }
    context.cacheOutcome = 'miss';
    const answer = this.cache.answerMiss(context, () => {
      // Before the call, which begins at once: its stages take no part in this one.
      context.trace.logStage('cache-manager', 'ran', 'miss');
      this.refusals.raiseKept(context);
      return callUpstream();
    });
    this.logIfShared(context);
    return answer;
  }

  private countHit(context: RequestContext): void {
    context.cacheOutcome = 'hit';
    context.keptRefusal = null;
    if (context.quota !== null) this.rateLimiter.release(context.quota);
    this.metrics.recordCacheHit();
    context.trace.logStage('cache-manager', 'ran', 'hit');
    context.trace.skipRemaining('answered from the cache');
  }

  /** Known at once: whether another request's call is waited for. */
  private logIfShared({ trace, cacheOutcome }: RequestContext): void {
    if (cacheOutcome !== 'shared') return;
    trace.logStage('cache-manager', 'ran', 'shared');
    trace.skipRemaining('answered by the call of an identical request');
  }
}
