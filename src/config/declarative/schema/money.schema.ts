import { z } from 'zod';
import { MAX_AMOUNT_USD, MAX_PRICE_USD, type NanoUsd, parseUsd } from '../../../common/money.js';
import type { Price } from '../../../tenancy/config-snapshot.js';

/** Decimal USD as text with at most nine decimals, so that no digit is lost; becomes nano-USD. */
function usd(maxUsd: string) {
  const max = parseUsd(maxUsd) ?? 0n;
  return z
    .string({ error: 'must be an amount of USD as text in quotes: "2.50"' })
    .transform((text, context): NanoUsd => {
      const amount = parseUsd(text);
      if (amount !== null && amount <= max) return amount;
      const message = `must be an amount of USD with at most nine decimals, not more than ${maxUsd}: "2.50"`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

export const amountUsdSchema = usd(MAX_AMOUNT_USD).refine((amount) => amount > 0n, 'must be more than 0');

const priceUsd = usd(MAX_PRICE_USD);

export const priceSchema = z
  .strictObject({
    inputUsdPerMTok: priceUsd,
    outputUsdPerMTok: priceUsd,
    cacheReadUsdPerMTok: priceUsd.optional(),
    cacheWriteUsdPerMTok: priceUsd.optional(),
    cacheWrite1hUsdPerMTok: priceUsd.optional(),
    reasoningUsdPerMTok: priceUsd.optional(),
  })
  .transform((price): Price => ({
    inputNanoUsdPerMTok: price.inputUsdPerMTok,
    outputNanoUsdPerMTok: price.outputUsdPerMTok,
    cacheReadNanoUsdPerMTok: price.cacheReadUsdPerMTok ?? null,
    cacheWriteNanoUsdPerMTok: price.cacheWriteUsdPerMTok ?? null,
    cacheWrite1hNanoUsdPerMTok: price.cacheWrite1hUsdPerMTok ?? null,
    reasoningNanoUsdPerMTok: price.reasoningUsdPerMTok ?? null,
  }));
