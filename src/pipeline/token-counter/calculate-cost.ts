import { type TokenUsage, totalInputTokens } from '../../chat/usage.js';
import type { NanoUsd } from '../../common/money.js';
import type { Price } from '../../tenancy/config-snapshot.js';
import type { TieredPrice } from './price-entry.js';

export interface Cost {
  costNanoUsd: NanoUsd;
  /** A rate had to be derived because the price does not name it. How the tokens were counted is `usage.source`. */
  estimated: boolean;
}

/** The sum is kept in quarters of (token * nano-USD / million): the derived rate of a cache read is a quarter of input's. */
const QUARTERS = 4n;
const QUARTERS_PER_NANO_USD = QUARTERS * 1_000_000n;

/**
 * What an answer costs: an exact integer sum, rounded once to nano-USD, half up. Reasoning tokens are part of the output and
 * are taken out of it only where reasoning has a price of its own. Where a price has no cache rates, the seed profile holds
 * (reads at a quarter of input, writes at input) and the cost is marked `estimated` if such tokens occurred.
 * Counts that are no non-negative integers count as 0, so that a wrong report of an upstream never makes a negative cost.
 */
export function calculateCost(usage: TokenUsage, price: Price | TieredPrice): Cost {
  const rates = selectRates(usage, price);
  const tokens = readTokens(usage);
  const quarters =
    QUARTERS * (sumUncached(tokens, rates) + sumWrites(tokens, rates) + sumOutput(tokens, rates)) +
    sumReadQuarters(tokens, rates);
  return {
    costNanoUsd: (quarters + QUARTERS_PER_NANO_USD / 2n) / QUARTERS_PER_NANO_USD,
    estimated: isDerived(tokens, rates),
  };
}

/** The tier is chosen by the whole prompt and holds for every token of the request. */
function selectRates(usage: TokenUsage, price: Price | TieredPrice): Price {
  if (!('longPrompt' in price) || price.longPrompt === null) return price;
  return totalInputTokens(usage) > price.longPrompt.aboveInputTokens ? price.longPrompt.price : price;
}

interface Tokens {
  input: bigint;
  cacheRead: bigint;
  cacheWrite: bigint;
  cacheWrite1h: bigint;
  output: bigint;
  reasoning: bigint;
}

function readTokens(usage: TokenUsage): Tokens {
  const output = toCount(usage.outputTokens);
  const reasoning = toCount(usage.reasoningTokens ?? 0);
  return {
    input: toCount(usage.inputTokens),
    cacheRead: toCount(usage.cacheReadTokens),
    cacheWrite: toCount(usage.cacheWriteTokens),
    cacheWrite1h: toCount(usage.cacheWrite1hTokens),
    output,
    reasoning: reasoning > output ? output : reasoning,
  };
}

function toCount(value: number): bigint {
  return Number.isSafeInteger(value) && value > 0 ? BigInt(value) : 0n;
}

function sumUncached(tokens: Tokens, rates: Price): bigint {
  return tokens.input * rates.inputNanoUsdPerMTok;
}

function sumReadQuarters(tokens: Tokens, rates: Price): bigint {
  const rate = rates.cacheReadNanoUsdPerMTok;
  return tokens.cacheRead * (rate === null ? rates.inputNanoUsdPerMTok : rate * QUARTERS);
}

function sumWrites(tokens: Tokens, rates: Price): bigint {
  return (
    tokens.cacheWrite * (rates.cacheWriteNanoUsdPerMTok ?? rates.inputNanoUsdPerMTok) +
    tokens.cacheWrite1h * (rates.cacheWrite1hNanoUsdPerMTok ?? rates.inputNanoUsdPerMTok)
  );
}

function sumOutput(tokens: Tokens, rates: Price): bigint {
  const outputRate = rates.outputNanoUsdPerMTok;
  const reasoningRate = rates.reasoningNanoUsdPerMTok ?? outputRate;
  return (tokens.output - tokens.reasoning) * outputRate + tokens.reasoning * reasoningRate;
}

function isDerived(tokens: Tokens, rates: Price): boolean {
  return (
    (tokens.cacheRead > 0n && rates.cacheReadNanoUsdPerMTok === null) ||
    (tokens.cacheWrite > 0n && rates.cacheWriteNanoUsdPerMTok === null) ||
    (tokens.cacheWrite1h > 0n && rates.cacheWrite1hNanoUsdPerMTok === null)
  );
}
