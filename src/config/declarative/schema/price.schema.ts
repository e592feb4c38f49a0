import { z } from 'zod';
import { type NanoUsd, parseUsd } from '../../../common/money.js';
import { priceField } from '../../fields/money-fields.js';
import { datedPriceFields, priceSourceField } from '../../fields/price-fields.js';
import type { Price } from '../../../tenancy/config-snapshot.js';
import type { DeclaredPrice } from '../declarative-config.js';

export const priceSchema = priceField.transform(convertPrice);

export const priceEntrySchema = z
  .strictObject({
    ...datedPriceFields,
    price: priceSchema,
    source: priceSourceField.default('configuration file'),
  })
  .transform(({ price, ...entry }): DeclaredPrice => ({ ...price, ...entry }));

/** Of text that was checked. */
export const toNanoUsd = (text: string): NanoUsd => parseUsd(text) ?? 0n;

function convertPrice(price: z.output<typeof priceField>): Price {
  const optional = (text: string | undefined) => (text === undefined ? null : toNanoUsd(text));
  return {
    inputNanoUsdPerMTok: toNanoUsd(price.inputUsdPerMTok),
    outputNanoUsdPerMTok: toNanoUsd(price.outputUsdPerMTok),
    cacheReadNanoUsdPerMTok: optional(price.cacheReadUsdPerMTok),
    cacheWriteNanoUsdPerMTok: optional(price.cacheWriteUsdPerMTok),
    cacheWrite1hNanoUsdPerMTok: optional(price.cacheWrite1hUsdPerMTok),
    reasoningNanoUsdPerMTok: optional(price.reasoningUsdPerMTok),
  };
}
