import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { JournaledUsageLedger } from '../../support/monitor/journaled-usage-ledger.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import type { RequestContext } from '../request-context.js';
import { TokenCounterService } from '../token-counter/token-counter.service.js';
import { BudgetAlertsService } from './budget-alerts.service.js';
import { BudgetInitialiser } from './budget-initialiser.js';
import {
  compileQuotaPlan,
  findAmount,
  isRateQuota,
  type QuotaDemand,
  selectQuotas,
} from './build-quota-entries.js';
import { CompiledBudget, type CompiledQuota } from './compiled-quota.js';
import { describeCause } from './describe-cause.js';
import { type BudgetReport, describeBudget, describeLimits, type LimitReport } from './describe-quota.js';
import { clampTokens, estimateDemand, PLAIN_DEMAND } from './estimate-demand.js';
import { LeaseKeeper } from './lease-keeper.js';
import { QuotaClaim } from './quota-claim.js';
import { type QuotaDecision, QuotaNegotiator } from './quota-negotiator.js';
import type { QuotaOutcome } from './quota-outcome.js';
import { MAX_BUDGET, QUOTA_STORE, type QuotaStore } from './quota-store.port.js';

/** What a request used. */
export type QuotaUse = Omit<QuotaDemand, 'requests'>;

interface QuotaQuestion {
  quotas: readonly CompiledQuota[];
  demand: QuotaDemand;
  cacheKey: string | null;
}

const NO_DECISION: QuotaDecision = { outcome: null, refusal: null, isKept: false, cached: null };
const NOTHING: QuotaDemand = { requests: 0, inputTokens: 0, outputTokens: 0, costNanoUsd: 0n };

/**
 * Rate Limiter: no request passes a limit or a budget that applies to it, however many run at the same time.
 *
 * 1. `checkLimit`: the request's upper bound in requests, slots, tokens and money is reserved in one atomic step at every
 *    counter at once, or nowhere. In process it answers at once; with Redis in one round trip, which also reads the cache.
 * 2. A limit on requests or concurrency refuses at once. A token limit or budget is asked a second time with counted input
 *    tokens where that could help; if it refuses still, its refusal is kept until the cache had its chance, and the request
 *    counts as one all the same.
 * 3. `settle` corrects the reservation to what was used, also above the limit; `release` undoes it. Leases end what nobody
 *    settles.
 *
 * Redis down: see ResilientQuotaStore. PostgreSQL down: only budgets whose counter is not known are concerned; hard ones
 * refuse, soft ones do not count the request (the ledger does).
 */
@Injectable()
export class RateLimiterService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('limits');
  private readonly initialiser: BudgetInitialiser;
  private readonly negotiator: QuotaNegotiator;
  private readonly leases: LeaseKeeper;

  constructor(
    @Inject(QUOTA_STORE) private readonly store: QuotaStore,
    private readonly tokenCounter: TokenCounterService,
    ledger: JournaledUsageLedger,
    private readonly configStore: ConfigStore,
    alerts: BudgetAlertsService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.initialiser = new BudgetInitialiser(ledger, store, (cause) =>
      this.logger.warn({ msg: 'A budget cannot be read from the ledger', cause: describeCause(cause) }),
    );
    const { initialiser } = this;
    this.negotiator = new QuotaNegotiator({ store, initialiser, counter: tokenCounter, alerts, clock });
    this.leases = new LeaseKeeper(store, () => clock.nowMs());
  }

  onModuleInit(): void {
    this.leases.start();
  }

  onApplicationShutdown(): void {
    this.leases.stop();
  }

  /**
   * Reserves what the request may use. A promise only when something had to be asked for.
   * @throws GatewayError('model_unpriced', 'quota_unavailable')
   */
  checkLimit(context: RequestContext, cacheKey: string | null): QuotaDecision | Promise<QuotaDecision> {
    const quotas = selectQuotas(context.getPlan().quota, context);
    return this.consume(context, { quotas, demand: this.estimate(context, quotas), cacheKey });
  }

  /** For a request that asks no model: it counts as one and holds a slot, but uses no tokens and no money. */
  checkRequest(context: RequestContext): QuotaDecision | Promise<QuotaDecision> {
    const quotas = selectQuotas(context.getPlan().quota, context).filter(isRateQuota);
    return this.consume(context, { quotas, demand: PLAIN_DEMAND, cacheKey: null });
  }

  private consume(
    context: RequestContext,
    { quotas, demand, cacheKey }: QuotaQuestion,
  ): QuotaDecision | Promise<QuotaDecision> {
    if (quotas.length === 0 && cacheKey === null) return NO_DECISION;
    context.trace.beginStage('rate-limiter');
    const decision = this.negotiator.consumeQuota(new QuotaClaim(context, quotas, demand, cacheKey));
    return decision instanceof Promise ? decision.then((late) => this.hold(late)) : this.hold(decision);
  }

  /** Books what was used instead of what was reserved. Once; what comes later changes nothing. */
  settle(outcome: QuotaOutcome, use: QuotaUse): void {
    const { costNanoUsd } = use;
    this.close(outcome, {
      requests: 1,
      inputTokens: clampTokens(use.inputTokens),
      outputTokens: clampTokens(use.outputTokens),
      costNanoUsd: costNanoUsd < MAX_BUDGET ? costNanoUsd : MAX_BUDGET,
    });
  }

  /** Gives everything back, the request itself included. */
  release(outcome: QuotaOutcome): void {
    this.close(outcome, NOTHING);
  }

  /** The limits and budgets of the calling key over all models, and what is left of the budgets. */
  async describeQuota(context: RequestContext): Promise<{ limits: LimitReport[]; budgets: BudgetReport[] }> {
    const { rateLimits, budgets } = this.configStore.current();
    const { key, tenant } = context.getGrant();
    const { tags, user } = context;
    const subject = { tenantId: tenant.id, keyId: key.firstId, model: null, servedModel: null, tags, user };
    const quotas = selectQuotas(compileQuotaPlan(rateLimits, budgets, subject), subject);
    const compiled = quotas.filter((quota) => quota instanceof CompiledBudget);
    return {
      limits: describeLimits(quotas),
      budgets: await Promise.all(compiled.map((budget) => this.describeBudget(context, budget))),
    };
  }

  /** Whether every hard budget that counts all of the key's models has something left; unknown ones count as such. */
  async isWithinBudget(context: RequestContext): Promise<boolean> {
    const { budgets } = await this.describeQuota(context);
    return budgets.every(({ mode, scope, remaining }) => {
      return mode === 'soft' || scope.model !== undefined || (remaining !== 0 && remaining !== '0');
    });
  }

  /** The token counter's part: only where tokens or money are limited. */
  private estimate(context: RequestContext, quotas: readonly CompiledQuota[]): QuotaDemand {
    const { trace } = context;
    if (quotas.every(isRateQuota)) {
      trace.skipStage('token-counter', 'no limit counts tokens');
      return PLAIN_DEMAND;
    }
    trace.beginStage('token-counter');
    prepareHardBudgets(context, quotas);
    const demand = estimateDemand(context, this.tokenCounter);
    trace.logStage('token-counter', 'ran', {
      inputTokensAtMost: demand.inputTokens,
      outputTokensAtMost: demand.outputTokens,
    });
    return demand;
  }

  private hold(decision: QuotaDecision): QuotaDecision {
    const hold = decision.outcome?.hold ?? null;
    if (hold !== null) this.leases.keep(hold);
    return decision;
  }

  private close(outcome: QuotaOutcome, used: QuotaDemand): void {
    const { hold } = outcome;
    if (hold === null || outcome.isClosed) return;
    outcome.isClosed = true;
    this.leases.drop(hold);
    const { tenantId, reservationId, reservedAtMs, leaseMs, entries, quotas } = hold;
    const actual = quotas.map((quota) => findAmount(quota, used));
    const nowMs = this.clock.nowMs();
    const done = this.store.settle({
      tenantId,
      reservationId,
      reservedAtMs,
      leaseMs,
      entries,
      nowMs,
      actual,
    });
    done?.catch((cause: unknown) =>
      this.logger.error({ msg: 'A reservation was not settled', cause: describeCause(cause) }),
    );
  }

  private async describeBudget(context: RequestContext, budget: CompiledBudget): Promise<BudgetReport> {
    const { id: tenantId } = context.getGrant().tenant;
    const nowMs = this.clock.nowMs();
    const key = budget.getKey(nowMs);
    // What nobody can say at the moment is unknown, not an error of this read.
    const find = async (): Promise<bigint | null> => this.store.findBudgetSpent(tenantId, key);
    let spent = await find().catch(() => null);
    if (spent === null && (await this.initialiser.initialise(tenantId, budget, nowMs))) {
      spent = await find().catch(() => null);
    }
    return describeBudget(budget, spent, nowMs);
  }
}

/**
 * A hard budget has to know the most that a request can cost: the maximum of its output, and a price.
 * @throws GatewayError('model_unpriced')
 */
function prepareHardBudgets(context: RequestContext, quotas: readonly CompiledQuota[]): void {
  const plan = context.getPlan();
  for (const quota of quotas) {
    if (quota.kind !== 'budget' || !quota.isHard) continue;
    if (quota.unit === 'usd' && plan.isUnpriced && quota.config.unpriced === 'refuse') {
      throw new GatewayError('model_unpriced', { param: 'model', details: { budget_id: quota.id } });
    }
    if (context.getBody().native.maxOutputTokens === null) {
      context.enforcedMaxOutputTokens = plan.defaultMaxOutputTokens;
    }
  }
}
