import type { Clock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { BudgetAlertsService } from './budget-alerts.service.js';
import type { BudgetInitialiser } from './budget-initialiser.js';
import { findAmount, isRateQuota } from './build-quota-entries.js';
import type { CompiledBudget, CompiledQuota } from './compiled-quota.js';
import { createQuotaRefusal } from './create-quota-refusal.js';
import { buildDemand, countDemand, type InputCounter } from './estimate-demand.js';
import type { QuotaClaim } from './quota-claim.js';
import type { QuotaOutcome } from './quota-outcome.js';
import type { QuotaStore, ReserveResult } from './quota-store.port.js';

export interface QuotaDecision {
  /** Null when no limit, no budget and no shared cache is concerned. */
  outcome: QuotaOutcome | null;
  refusal: GatewayError | null;
  /** The refusal is of tokens or money, which an answer from the cache does not need. */
  isKept: boolean;
  /** What the shared cache has. */
  cached: Buffer | null;
}

export interface NegotiatorParts {
  store: QuotaStore;
  initialiser: BudgetInitialiser;
  counter: InputCounter;
  alerts: Pick<BudgetAlertsService, 'observe'>;
  clock: Clock;
}

type Reserved = Extract<ReserveResult, { outcome: 'reserved' }>;
type Refused = Extract<ReserveResult, { outcome: 'refused' }>;

/** Rounds of asking the ledger before a request is given up; one is enough unless the store loses what it was just told. */
const MAX_INITIALISATIONS = 3;
/** A token of text is rarely more than eight bytes: counting cannot bring a bound down further than that. */
const BYTES_PER_TOKEN_AT_MOST = 8;
const RETRY_AFTER_OUTAGE_MS = 1_000;

/**
 * Asks the store until there is a decision: once in the ordinary case; again with counters that were initialised, with input
 * tokens that were counted, or, after a refusal of tokens or money, for the request as one that runs.
 */
export class QuotaNegotiator {
  constructor(private readonly parts: NegotiatorParts) {}

  /** @throws GatewayError('quota_unavailable') */
  consumeQuota(claim: QuotaClaim): QuotaDecision | Promise<QuotaDecision> {
    const { store, clock } = this.parts;
    const result = store.reserve(claim.buildRequest(clock.nowMs()));
    return result instanceof Promise
      ? result.then((late) => this.conclude(claim, late))
      : this.conclude(claim, result);
  }

  private conclude(claim: QuotaClaim, result: ReserveResult): QuotaDecision | Promise<QuotaDecision> {
    if (result.outcome === 'unknown') throw createUnavailable(result.cause);
    claim.takeCached(result.cached);
    switch (result.outcome) {
      case 'reserved':
        return this.admit(claim, result);
      case 'refused':
        return this.refuse(claim, result);
      case 'uninitialised':
        return this.initialise(claim, result.missing).then(() => this.consumeQuota(claim));
    }
  }

  private admit(claim: QuotaClaim, result: Reserved): QuotaDecision {
    this.observeBudgets(claim, result.states);
    const { refusal, cached } = claim;
    return { outcome: claim.createOutcome(result), refusal, isKept: refusal !== null, cached };
  }

  private refuse(claim: QuotaClaim, result: Refused): QuotaDecision | Promise<QuotaDecision> {
    const quota = claim.quotas[result.refused] as CompiledQuota;
    const refusal = createQuotaRefusal(quota, result.retryAfterMs);
    if (isRateQuota(quota)) {
      const outcome = claim.createRefusedOutcome(result.states);
      return { outcome, refusal, isKept: false, cached: claim.cached };
    }
    if (!claim.wasCounted && couldFit(claim, quota, result)) return this.countAndAskAgain(claim);
    this.observeBudgets(claim, result.states);
    claim.keepRefusal(refusal, result.states);
    return this.consumeQuota(claim);
  }

  private async countAndAskAgain(claim: QuotaClaim): Promise<QuotaDecision> {
    claim.wasCounted = true;
    const counted = await countDemand(claim.context, this.parts.counter);
    if (counted.likely.inputTokens < claim.demand.likely.inputTokens) claim.demand = counted;
    return this.consumeQuota(claim);
  }

  private async initialise(claim: QuotaClaim, missing: readonly number[]): Promise<void> {
    claim.initialisations += 1;
    const { id: tenantId } = claim.context.getGrant().tenant;
    const budgets = missing.map((index) => claim.quotas[index] as CompiledBudget);
    const mayAsk = claim.initialisations <= MAX_INITIALISATIONS;
    for (const budget of budgets) {
      const nowMs = this.parts.clock.nowMs();
      if (mayAsk && (await this.parts.initialiser.initialise(tenantId, budget, nowMs))) continue;
      if (budget.isHard) throw createUnavailable(new Error('The ledger did not say what is spent'));
      claim.dropQuota(budget);
    }
  }

  private observeBudgets(claim: QuotaClaim, states: Reserved['states']): void {
    for (let index = 0; index < claim.quotas.length; index += 1) {
      const quota = claim.quotas[index] as CompiledQuota;
      if (quota.kind !== 'budget' || quota.thresholds.length === 0) continue;
      const used = states[index]?.used ?? 0n;
      const { tenant } = claim.context.getGrant();
      this.parts.alerts.observe({
        tenantId: tenant.id,
        budget: quota,
        used,
        nowMs: this.parts.clock.nowMs(),
      });
    }
  }
}

/** Whether a count of the input could bring the amount under what is left. */
function couldFit(
  { context, demand }: QuotaClaim,
  quota: CompiledQuota,
  { refused, states }: Refused,
): boolean {
  const least = buildDemand(context, demand.atMost.inputTokens / BYTES_PER_TOKEN_AT_MOST);
  return findAmount(quota, least) <= (states[refused]?.remaining ?? 0n);
}

function createUnavailable(cause: unknown): GatewayError {
  return new GatewayError('quota_unavailable', { retryAfterMs: RETRY_AFTER_OUTAGE_MS, cause });
}
