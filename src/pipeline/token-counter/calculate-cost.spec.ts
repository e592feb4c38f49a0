import fc from 'fast-check';
import type { TokenUsage } from '../../chat/usage.js';
import type { Price } from '../../tenancy/config-snapshot.js';
import { calculateCost } from './calculate-cost.js';
import { PriceIndex } from './price-catalogue.js';

const USD = 1_000_000_000n;

const PRICE: Price = {
  inputNanoUsdPerMTok: 3n * USD,
  outputNanoUsdPerMTok: 15n * USD,
  cacheReadNanoUsdPerMTok: null,
  cacheWriteNanoUsdPerMTok: null,
  cacheWrite1hNanoUsdPerMTok: null,
  reasoningNanoUsdPerMTok: null,
};

const NOTHING: TokenUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: null,
  source: 'provider',
};

const cost = (usage: Partial<TokenUsage>, price: Partial<Price> = {}): bigint =>
  calculateCost({ ...NOTHING, ...usage }, { ...PRICE, ...price }).costNanoUsd;

/** A non-negative rational number, kept in lowest terms by nobody: the oracle is slow and plain. */
class Fraction {
  constructor(
    readonly top: bigint,
    readonly bottom: bigint,
  ) {}

  plus(other: Fraction): Fraction {
    return new Fraction(this.top * other.bottom + other.top * this.bottom, this.bottom * other.bottom);
  }

  roundHalfUp(): bigint {
    const whole = this.top / this.bottom;
    return (this.top % this.bottom) * 2n >= this.bottom ? whole + 1n : whole;
  }
}

function computeWithFractions(usage: TokenUsage, price: Price): bigint {
  const MILLION = 1_000_000n;
  const part = (tokens: number, rate: bigint, divisor = 1n): Fraction =>
    new Fraction(BigInt(tokens) * rate, MILLION * divisor);
  const reasoning = Math.min(usage.reasoningTokens ?? 0, usage.outputTokens);
  const read = price.cacheReadNanoUsdPerMTok;
  const parts = [
    part(usage.inputTokens, price.inputNanoUsdPerMTok),
    read === null
      ? part(usage.cacheReadTokens, price.inputNanoUsdPerMTok, 4n)
      : part(usage.cacheReadTokens, read),
    part(usage.cacheWriteTokens, price.cacheWriteNanoUsdPerMTok ?? price.inputNanoUsdPerMTok),
    part(usage.cacheWrite1hTokens, price.cacheWrite1hNanoUsdPerMTok ?? price.inputNanoUsdPerMTok),
    part(usage.outputTokens - reasoning, price.outputNanoUsdPerMTok),
    part(reasoning, price.reasoningNanoUsdPerMTok ?? price.outputNanoUsdPerMTok),
  ];
  return parts.reduce((sum, next) => sum.plus(next)).roundHalfUp();
}

const tokens = fc.nat({ max: 2_000_000_000 });
const rate = fc.bigInt({ min: 0n, max: 1_000_000_000_000n });
const usages: fc.Arbitrary<TokenUsage> = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  cacheWrite1hTokens: tokens,
  reasoningTokens: fc.option(tokens),
  source: fc.constantFrom('provider', 'tokenizer', 'estimate'),
});
const prices: fc.Arbitrary<Price> = fc.record({
  inputNanoUsdPerMTok: rate,
  outputNanoUsdPerMTok: rate,
  cacheReadNanoUsdPerMTok: fc.option(rate),
  cacheWriteNanoUsdPerMTok: fc.option(rate),
  cacheWrite1hNanoUsdPerMTok: fc.option(rate),
  reasoningNanoUsdPerMTok: fc.option(rate),
});

describe('calculateCost', () => {
  it('prices every kind of token at its own rate', () => {
    const usage = {
      inputTokens: 1_000_000,
      cacheReadTokens: 2_000_000,
      cacheWriteTokens: 3_000_000,
      cacheWrite1hTokens: 4_000_000,
      outputTokens: 6_000_000,
      reasoningTokens: 1_000_000,
    };
    const price = {
      inputNanoUsdPerMTok: 1n,
      cacheReadNanoUsdPerMTok: 10n,
      cacheWriteNanoUsdPerMTok: 100n,
      cacheWrite1hNanoUsdPerMTok: 1_000n,
      outputNanoUsdPerMTok: 10_000n,
      reasoningNanoUsdPerMTok: 1_000_000n,
    };
    expect(cost(usage, price)).toBe(1_054_321n);
  });

  it('counts reasoning as output where it has no price of its own', () => {
    expect(cost({ outputTokens: 1_000_000, reasoningTokens: 400_000 })).toBe(15n * USD);
  });

  it('never takes more reasoning out of the output than there is output', () => {
    const usage = { outputTokens: 1_000_000, reasoningTokens: 5_000_000 };
    expect(cost(usage, { reasoningNanoUsdPerMTok: 2n * USD })).toBe(2n * USD);
  });

  it('takes a quarter of input for reads and all of it for writes where the price names none, and says so', () => {
    const price = { ...PRICE, inputNanoUsdPerMTok: 3n };
    const usage = { ...NOTHING, cacheReadTokens: 1_000_000, cacheWriteTokens: 1_000_000 };
    expect(calculateCost(usage, price)).toEqual({ costNanoUsd: 4n, estimated: true });
    expect(cost({ cacheReadTokens: 4_000_000 }, { inputNanoUsdPerMTok: 3n })).toBe(3n);
  });

  it.each<[keyof TokenUsage, keyof Price]>([
    ['cacheReadTokens', 'cacheReadNanoUsdPerMTok'],
    ['cacheWriteTokens', 'cacheWriteNanoUsdPerMTok'],
    ['cacheWrite1hTokens', 'cacheWrite1hNanoUsdPerMTok'],
  ])('is marked as estimated for %s only while %s is unknown and such tokens occurred', (kind, rateName) => {
    const usage = { ...NOTHING, inputTokens: 5, [kind]: 1 };
    expect(calculateCost(usage, PRICE).estimated).toBe(true);
    expect(calculateCost(usage, { ...PRICE, [rateName]: 1n }).estimated).toBe(false);
    expect(calculateCost({ ...usage, [kind]: 0 }, PRICE).estimated).toBe(false);
  });

  it('rounds once, half up', () => {
    expect(cost({ inputTokens: 1 }, { inputNanoUsdPerMTok: 499_999n })).toBe(0n);
    expect(cost({ inputTokens: 1 }, { inputNanoUsdPerMTok: 500_000n })).toBe(1n);
    const half = { inputNanoUsdPerMTok: 400_000n, outputNanoUsdPerMTok: 400_000n };
    expect(cost({ inputTokens: 1, outputTokens: 1 }, half)).toBe(1n);
  });

  it('equals the sum of fractions, rounded once, for any usage and price', () => {
    fc.assert(
      fc.property(usages, prices, (usage, price) => {
        expect(calculateCost(usage, price).costNanoUsd).toBe(computeWithFractions(usage, price));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of two answers together differs from the sum of both by rounding alone', () => {
    fc.assert(
      fc.property(usages, usages, prices, (left, right, price) => {
        const plain = { ...price, reasoningNanoUsdPerMTok: null };
        const both: TokenUsage = {
          ...left,
          inputTokens: left.inputTokens + right.inputTokens,
          outputTokens: left.outputTokens + right.outputTokens,
          cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
          cacheWriteTokens: left.cacheWriteTokens + right.cacheWriteTokens,
          cacheWrite1hTokens: left.cacheWrite1hTokens + right.cacheWrite1hTokens,
        };
        const apart = calculateCost(left, plain).costNanoUsd + calculateCost(right, plain).costNanoUsd;
        const difference = calculateCost(both, plain).costNanoUsd - apart;
        expect(difference >= -1n && difference <= 1n).toBe(true);
      }),
    );
  });

  it('is never negative and never throws, whatever an upstream reports', () => {
    const nonsense = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.MAX_VALUE, -0, 2 ** 53));
    const reports = fc.record({
      inputTokens: nonsense,
      outputTokens: nonsense,
      cacheReadTokens: nonsense,
      cacheWriteTokens: nonsense,
      cacheWrite1hTokens: nonsense,
      reasoningTokens: fc.option(nonsense),
      source: fc.constant<TokenUsage['source']>('provider'),
    });
    fc.assert(fc.property(reports, prices, (usage, price) => calculateCost(usage, price).costNanoUsd >= 0n));
  });

  it('bills the whole request at the rate of long prompts once the prompt, cached parts included, is longer', () => {
    const nowMs = Date.UTC(2026, 10, 24);
    const price = new PriceIndex([]).findPrice(
      { upstreamModel: 'claude-haiku-5-5', price: null },
      'anthropic',
      nowMs,
    );
    const price100k = (usage: Partial<TokenUsage>): bigint =>
      calculateCost({ ...NOTHING, ...usage }, price ?? PRICE).costNanoUsd;
    expect(price100k({ inputTokens: 40_000, cacheReadTokens: 60_000, outputTokens: 1_000 })).toBe(
      4_000_000n + 600_000n + 500_000n,
    );
    expect(price100k({ inputTokens: 40_001, cacheReadTokens: 60_000, outputTokens: 1_000 })).toBe(
      20_000_500n + 3_000_000n + 2_500_000n,
    );
  });
});
