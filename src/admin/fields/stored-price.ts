import type { z } from 'zod';
import type { JsonObject } from '../../common/json.js';
import { parseUsd, renderUsd } from '../../common/money.js';
import type { priceField } from '../../config/fields/money-fields.js';
import type { StoredPrice } from '../../storage/database/entities/deployment.entity.js';

export type PriceInput = z.output<typeof priceField>;

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
