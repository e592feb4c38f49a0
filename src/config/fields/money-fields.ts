import { z } from 'zod';
import { MAX_AMOUNT_USD, MAX_PRICE_USD, parseUsd } from '../../common/money.js';

/** Decimal USD as text with at most nine decimals, so that no digit is lost. */
function usd(minNanoUsd: bigint, maxUsd: string) {
  const max = parseUsd(maxUsd) ?? 0n;
  const message = `must be an amount of USD with at most nine decimals, not more than ${maxUsd}: "2.50"`;
  return z
    .string({ error: 'must be an amount of USD as text in quotes: "2.50"' })
    .refine(
      (text) => {
        const amount = parseUsd(text);
        return amount !== null && amount <= max;
      },
      { message, abort: true },
    )
    .refine((text) => (parseUsd(text) ?? 0n) >= minNanoUsd, 'must be more than 0');
}

export const amountUsdField = usd(1n, MAX_AMOUNT_USD);

const priceUsd = usd(0n, MAX_PRICE_USD);

/** USD per million tokens, as text. Cache and reasoning prices that are not known are left out. */
export const priceField = z.strictObject({
  inputUsdPerMTok: priceUsd,
  outputUsdPerMTok: priceUsd,
  cacheReadUsdPerMTok: priceUsd.optional(),
  cacheWriteUsdPerMTok: priceUsd.optional(),
  cacheWrite1hUsdPerMTok: priceUsd.optional(),
  reasoningUsdPerMTok: priceUsd.optional(),
});
