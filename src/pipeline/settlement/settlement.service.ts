import { Inject, Injectable, Logger } from '@nestjs/common';
import { type TokenUsage, totalInputTokens } from '../../chat/usage.js';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { GatewayError } from '../../errors/gateway-error.js';
import { USAGE_LEDGER, type UsageLedger } from '../../support/monitor/usage-event.js';
import { RateLimiterService } from '../rate-limiter/rate-limiter.service.js';
import type { RequestContext } from '../request-context.js';
import { TokenCounterService } from '../token-counter/token-counter.service.js';
import { buildUsageEvent, type Consumption } from './build-usage-event.js';

/** Routes whose requests are usage; listing models is not. */
const BOOKED_ROUTES = new Set(['chat-completions', 'messages', 'count-tokens']);

const NOTHING_USED: TokenUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: null,
  source: 'estimate',
};

/**
 * Books a request once: its cost, its quota, its ledger row. Whoever ends the request calls `settle` before the last byte
 * leaves: delivery, the exception filter, or, when the client left first, the close handler.
 *
 * 1. What was used: as the provider reported it; counted or estimated where it did not. Of a call that was given up before its
 *    answer the input is counted: providers bill it. How much was written by then nobody knows.
 * 2. What it costs, by the price of the deployment that answered; hits and waiters of a shared call pay nothing.
 * 3. The reservation is corrected to what was used.
 * 4. The usage event is journaled.
 */
@Injectable()
export class SettlementService {
  private readonly logger = new Logger(SettlementService.name);

  constructor(
    private readonly tokenCounter: TokenCounterService,
    private readonly rateLimiter: RateLimiterService,
    @Inject(USAGE_LEDGER) private readonly ledger: UsageLedger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A promise only while tokens have to be counted. Never rejects. Later calls change nothing. */
  settle(context: RequestContext, status: number, error: GatewayError | null): Promise<void> | void {
    if (context.isSettled) return;
    context.isSettled = true;
    context.error ??= error;
    if (!this.mustCount(context)) {
      this.book(context, status);
      return;
    }
    context.settling = this.countUsage(context).then(
      () => this.book(context, status),
      (cause: unknown) => {
        this.logger.error({ msg: 'Tokens could not be counted', requestId: context.id, cause });
        this.book(context, status);
      },
    );
    return context.settling;
  }

  /** The upstream produced something but did not say how much. */
  private mustCount(context: RequestContext): boolean {
    return context.usage === null && context.hasUpstreamAnswered && context.origin?.deployment != null;
  }

  private async countUsage(context: RequestContext): Promise<void> {
    const model = context.origin?.deployment?.upstreamModel ?? context.modelName;
    const tenantId = context.getGrant().tenant.id;
    context.trace.beginStage('token-counter');
    const input = await this.tokenCounter.countTokens(tenantId, context.getBody().native, model);
    context.usage = {
      ...NOTHING_USED,
      inputTokens: input.tokens,
      outputTokens: this.tokenCounter.estimateOutputTokens(context.outputBytes, model),
    };
    context.trace.logStage('token-counter', 'ran', {
      reason: 'the provider reported no usage',
      source: input.source,
    });
  }

  private book(context: RequestContext, status: number): void {
    if (context.status === 0) context.status = status;
    const consumption = this.findConsumption(context);
    context.trace.beginStage('ledger');
    this.computeCost(context, consumption);
    if (context.quota !== null && context.cacheOutcome !== 'hit') this.settleQuota(context, consumption);
    const skipReason = findSkipReason(context);
    if (skipReason === null) {
      this.ledger.recordUsage(buildUsageEvent(context, { consumption, status }, this.clock.monotonicMs()));
      context.trace.logStage('ledger', 'ran', null);
    } else {
      context.trace.skipStage('ledger', skipReason);
    }
  }

  /** At once also for a call that was given up: nobody may wait for its count. */
  private findConsumption(context: RequestContext): Consumption {
    const { usage, origin, givenUp } = context;
    if (usage !== null || givenUp === null || context.hasUpstreamAnswered) {
      const { provider = null, deployment = null } = origin ?? {};
      return { usage, isOutputKnown: true, provider, deployment };
    }
    context.trace.beginStage('token-counter');
    const { native } = context.getBody();
    const inputTokens = this.tokenCounter.estimateInputTokens(native, givenUp.deployment.upstreamModel);
    context.trace.logStage('token-counter', 'ran', {
      reason: 'the call was given up before its answer',
      source: 'estimate',
    });
    return { ...givenUp, usage: { ...NOTHING_USED, inputTokens }, isOutputKnown: false };
  }

  private computeCost(context: RequestContext, { usage, deployment }: Consumption): void {
    if (usage === null) {
      context.costNanoUsd = 0n;
      return;
    }
    const price = deployment === null ? null : context.getPlan().findPrice(deployment.id);
    if (price === null) return;
    const cost = this.tokenCounter.calculateCost(usage, price);
    context.costNanoUsd = cost.costNanoUsd;
    context.costEstimated = cost.estimated;
  }

  private settleQuota(context: RequestContext, { usage }: Consumption): void {
    if (context.quota === null) return;
    this.rateLimiter.settle(context.quota, {
      inputTokens: usage === null ? 0 : totalInputTokens(usage),
      outputTokens: usage?.outputTokens ?? 0,
      costNanoUsd: context.costNanoUsd ?? 0n,
    });
  }
}

/** Null when the request is a row of the ledger. */
function findSkipReason({ grant, wasRateLimited, error, route }: RequestContext): string | null {
  if (grant === null || wasRateLimited || !BOOKED_ROUTES.has(route.name)) return 'not a billable request';
  // Rows of those refused because the disk is full would be what fills it, or the memory that takes its place.
  return error?.code === 'ledger_unavailable' ? 'the ledger is not writable' : null;
}
