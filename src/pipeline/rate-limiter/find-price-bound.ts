import type { NanoUsd } from '../../common/money.js';
import type { Price } from '../../tenancy/config-snapshot.js';
import type { PlannedDeployment } from '../effective-plan/effective-plan.js';
import type { TieredPrice } from '../token-counter/price-entry.js';

/** The most that a token can cost at one deployment, nano-USD per million tokens. */
export interface PriceBound {
  inputNanoUsdPerMTok: NanoUsd;
  outputNanoUsdPerMTok: NanoUsd;
}

const TOKENS_PER_MTOK = 1_000_000n;

/** One bound per price that differs; deployments without a price have none. */
export function listPriceBounds(deployments: readonly Pick<PlannedDeployment, 'price'>[]): PriceBound[] {
  const bounds = new Map<string, PriceBound>();
  for (const { price } of deployments) {
    if (price === null) continue;
    const bound = findPriceBound(price);
    bounds.set(`${bound.inputNanoUsdPerMTok}/${bound.outputNanoUsdPerMTok}`, bound);
  }
  return [...bounds.values()];
}

/** The dearest that so many tokens can be, rounded up to whole nano-USD; 0 where no price is known. */
export function boundCost(bounds: readonly PriceBound[], inputTokens: number, outputTokens: number): NanoUsd {
  const input = BigInt(inputTokens);
  const output = BigInt(outputTokens);
  let dearest = 0n;
  for (const { inputNanoUsdPerMTok, outputNanoUsdPerMTok } of bounds) {
    const cost = input * inputNanoUsdPerMTok + output * outputNanoUsdPerMTok;
    if (cost > dearest) dearest = cost;
  }
  return (dearest + TOKENS_PER_MTOK - 1n) / TOKENS_PER_MTOK;
}

/** Writing to a prompt cache can cost more than plain input, reasoning more than plain output, a long prompt more than a short one. */
function findPriceBound(price: Price | TieredPrice): PriceBound {
  const tiers =
    'longPrompt' in price && price.longPrompt !== null ? [price, price.longPrompt.price] : [price];
  return {
    inputNanoUsdPerMTok: dearestOf(
      tiers.flatMap((tier) => [
        tier.inputNanoUsdPerMTok,
        tier.cacheReadNanoUsdPerMTok,
        tier.cacheWriteNanoUsdPerMTok,
        tier.cacheWrite1hNanoUsdPerMTok,
      ]),
    ),
    outputNanoUsdPerMTok: dearestOf(
      tiers.flatMap((tier) => [tier.outputNanoUsdPerMTok, tier.reasoningNanoUsdPerMTok]),
    ),
  };
}

function dearestOf(rates: readonly (NanoUsd | null)[]): NanoUsd {
  return rates.reduce<NanoUsd>((dearest, rate) => (rate !== null && rate > dearest ? rate : dearest), 0n);
}
