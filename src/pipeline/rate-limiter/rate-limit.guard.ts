import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { USAGE_LEDGER, type UsageLedger } from '../../support/monitor/usage-event.js';
import { CacheManagerService } from '../cache-manager/cache-manager.service.js';
import { getRequestContext, type RequestContext } from '../request-context.js';
import type { QuotaDecision } from './quota-negotiator.js';
import { RateLimiterService } from './rate-limiter.service.js';
import { RefusalRecorder } from './refusal-recorder.service.js';

const RETRY_AFTER_MS = 1_000;

/**
 * Reserves what a request may use and reads the shared cache in the same round trip, the only one a request makes to Redis
 * before its answer. Without Redis it answers at once, without a turn of the event loop.
 *
 * A refusal by a rate or concurrency limit, and a model without a price under a hard budget, end the request here, before the
 * cache is asked; a refusal of tokens or money is kept for the cache.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly rateLimiter: RateLimiterService,
    private readonly cache: CacheManagerService,
    @Inject(USAGE_LEDGER) private readonly ledger: UsageLedger,
    private readonly refusals: RefusalRecorder,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const pipeline = getRequestContext(context);
    // What cannot be recorded must not be spent.
    if (!this.ledger.isWritable())
      throw new GatewayError('ledger_unavailable', { retryAfterMs: RETRY_AFTER_MS });
    const decision = this.ask(pipeline);
    return decision instanceof Promise
      ? decision.then((late) => this.apply(pipeline, late))
      : this.apply(pipeline, decision);
  }

  /** Counting tokens asks no model: it costs nothing, and the cache has no answer to it. */
  private ask(context: RequestContext): QuotaDecision | Promise<QuotaDecision> {
    if (context.route.name === 'count-tokens') return this.rateLimiter.checkRequest(context);
    return this.rateLimiter.checkLimit(context, this.cache.prepare(context));
  }

  private apply(context: RequestContext, decision: QuotaDecision): true {
    const { outcome, refusal, isKept } = decision;
    if (context.isSettled) this.abandon(decision);
    context.quota = outcome;
    context.sharedCacheBytes = decision.cached;
    if (outcome === null) context.trace.skipStage('rate-limiter', 'no limit, budget or shared cache applies');
    else if (refusal === null) context.trace.logStage('rate-limiter', 'ran', outcome.describe());
    else
      context.trace.logStage('rate-limiter', 'refused', {
        ...outcome.describe(),
        ...refusal.details,
        isKept,
      });
    if (refusal === null) return true;
    if (!isKept) this.refusals.raise(context, refusal);
    context.keptRefusal = refusal;
    return true;
  }

  /** The client left while limits were asked, and the request was booked without what was reserved now. */
  private abandon({ outcome }: QuotaDecision): never {
    if (outcome !== null) this.rateLimiter.release(outcome);
    throw new GatewayError('client_closed_request');
  }
}
