import type { EffectivePlan } from '../effective-plan/effective-plan.js';
import type { RequestContext } from '../request-context.js';
import type { TokenCounterService } from '../token-counter/token-counter.service.js';
import type { ClaimedDemand, QuotaDemand } from './build-quota-entries.js';
import { boundCost, listPriceBounds, type PriceBound } from './find-price-bound.js';

/** What the limiter asks of the Token Counter. */
export type InputCounter = Pick<TokenCounterService, 'estimateInputUpperBound' | 'countTokens'>;

/** What the estimate needs to know about a plan; worked out once for each. */
interface PlanBounds {
  prices: readonly PriceBound[];
  upstreamModels: readonly string[];
}

const boundsByPlan = new WeakMap<EffectivePlan, PlanBounds>();

/** No request has more; keeps what clients claim inside exact arithmetic. */
const MAX_TOKENS = 1_000_000_000;

/** One request, nothing else: for plans that count neither tokens nor money. */
export const PLAIN_DEMAND: QuotaDemand = { requests: 1, inputTokens: 0, outputTokens: 0, costNanoUsd: 0n };

/** The most that a request can use, told without encoding anything. */
export function estimateDemand(context: RequestContext, counter: InputCounter): QuotaDemand {
  const { native, bytes } = context.getBody();
  let inputTokens = 0;
  for (const upstreamModel of getBounds(context.getPlan()).upstreamModels) {
    const bound = counter.estimateInputUpperBound(native, bytes.length, upstreamModel);
    if (bound > inputTokens) inputTokens = bound;
  }
  return buildDemand(context, inputTokens);
}

/**
 * The same with input tokens that were counted. A count is a bound only where the model's own tokenizer made all of it: those
 * for Claude, and those that time did not suffice for, are estimates that may be too low.
 */
export async function countDemand(context: RequestContext, counter: InputCounter): Promise<ClaimedDemand> {
  const { native, bytes } = context.getBody();
  const tenantId = context.getGrant().tenant.id;
  const { upstreamModels } = getBounds(context.getPlan());
  const counts = await Promise.all(
    upstreamModels.map(async (model) => {
      const { tokens, source } = await counter.countTokens(tenantId, native, model);
      const isExact = source === 'tokenizer';
      const atMost = isExact ? tokens : counter.estimateInputUpperBound(native, bytes.length, model);
      return { tokens, atMost };
    }),
  );
  return {
    likely: buildDemand(context, Math.max(0, ...counts.map(({ tokens }) => tokens))),
    atMost: buildDemand(context, Math.max(0, ...counts.map(({ atMost }) => atMost))),
  };
}

/**
 * The output counts with its maximum (the client's, else what the gateway would send) for each answer asked for; the price is
 * that of the dearest deployment that may serve the request.
 */
export function buildDemand(context: RequestContext, countedTokens: number): QuotaDemand {
  const { native } = context.getBody();
  const plan = context.getPlan();
  const perAnswer = native.maxOutputTokens ?? plan.defaultMaxOutputTokens;
  const inputTokens = clampTokens(countedTokens);
  const outputTokens = clampTokens(perAnswer * Math.max(1, native.choices));
  const costNanoUsd = boundCost(getBounds(plan).prices, inputTokens, outputTokens);
  return { requests: 1, inputTokens, outputTokens, costNanoUsd };
}

/** Anything that claims to be a number of tokens, as one that can be calculated with. */
export function clampTokens(tokens: number): number {
  return tokens > 0 ? Math.min(Math.ceil(tokens), MAX_TOKENS) : 0;
}

function getBounds(plan: EffectivePlan): PlanBounds {
  let bounds = boundsByPlan.get(plan);
  if (bounds === undefined) {
    const upstreamModels = new Set(plan.deployments.map(({ deployment }) => deployment.upstreamModel));
    bounds = { prices: listPriceBounds(plan.deployments), upstreamModels: [...upstreamModels] };
    boundsByPlan.set(plan, bounds);
  }
  return bounds;
}
