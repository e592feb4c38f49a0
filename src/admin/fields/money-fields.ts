import { z } from 'zod';
import type { JsonObject } from '../../common/json.js';
import { MAX_AMOUNT_USD, MAX_PRICE_USD, parseUsd, renderUsd } from '../../common/money.js';
import type { StoredPrice } from '../../storage/database/entities/deployment.entity.js';

/** Decimal USD as text. */
function usdField(minNanoUsd: bigint, maxUsd: string) {
  const max = parseUsd(maxUsd) ?? 0n;
  return z.string().refine((text) => {
    const amount = parseUsd(text);
    return amount !== null && amount >= minNanoUsd && amount <= max;
  }, `Decimal USD as text with at most nine decimals, such as "12.50", not more than ${maxUsd}`);
}

/** More than nothing. */
export const amountUsdField = usdField(1n, MAX_AMOUNT_USD);

const priceUsdField = usdField(0n, MAX_PRICE_USD);

/** USD per million tokens, as text. Cache and reasoning prices that are not known are left out. */
export const priceSchema = z.strictObject({
  inputUsdPerMTok: priceUsdField,
  outputUsdPerMTok: priceUsdField,
  cacheReadUsdPerMTok: priceUsdField.optional(),
  cacheWriteUsdPerMTok: priceUsdField.optional(),
  cacheWrite1hUsdPerMTok: priceUsdField.optional(),
  reasoningUsdPerMTok: priceUsdField.optional(),
});

export type PriceInput = z.output<typeof priceSchema>;

const OPTIONAL_MEMBERS = [
  ['cacheRead', 'cacheReadUsdPerMTok'],
  ['cacheWrite', 'cacheWriteUsdPerMTok'],
  ['cacheWrite1h', 'cacheWrite1hUsdPerMTok'],
  ['reasoning', 'reasoningUsdPerMTok'],
] as const;

export function toStoredPrice(input: PriceInput): StoredPrice {
  const nano = (text: string | undefined): string | null =>
    text === undefined ? null : String(parseUsd(text));
  return {
    input: String(parseUsd(input.inputUsdPerMTok)),
    output: String(parseUsd(input.outputUsdPerMTok)),
    cacheRead: nano(input.cacheReadUsdPerMTok),
    cacheWrite: nano(input.cacheWriteUsdPerMTok),
    cacheWrite1h: nano(input.cacheWrite1hUsdPerMTok),
    reasoning: nano(input.reasoningUsdPerMTok),
  };
}

export function renderStoredPrice(stored: StoredPrice): JsonObject & PriceInput {
  const optional = OPTIONAL_MEMBERS.flatMap(([member, name]) => {
    const value = stored[member];
    return value === null ? [] : [[name, renderUsd(BigInt(value))]];
  });
  return {
    inputUsdPerMTok: renderUsd(BigInt(stored.input)),
    outputUsdPerMTok: renderUsd(BigInt(stored.output)),
    ...(Object.fromEntries(optional) as Partial<PriceInput>),
  };
}
