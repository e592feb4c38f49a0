import { z } from 'zod';
import type { JsonObject } from '../../common/json.js';
import { parseUsd, renderUsd } from '../../common/money.js';
import type { StoredPrice } from '../../storage/database/entities/deployment.entity.js';

const MAX_SAFE_NANO_USD = 9_000_000_000_000_000n;

/** Decimal USD as text, at most nine decimals, up to nine million. */
export const usdField = z.string().refine((text) => {
  const amount = parseUsd(text);
  return amount !== null && amount <= MAX_SAFE_NANO_USD;
}, 'Decimal USD as text with at most nine decimals, such as "12.50"');

/** USD per million tokens, as text. Cache and reasoning prices that are not known are left out. */
export const priceSchema = z.strictObject({
  inputUsdPerMTok: usdField,
  outputUsdPerMTok: usdField,
  cacheReadUsdPerMTok: usdField.optional(),
  cacheWriteUsdPerMTok: usdField.optional(),
  cacheWrite1hUsdPerMTok: usdField.optional(),
  reasoningUsdPerMTok: usdField.optional(),
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
