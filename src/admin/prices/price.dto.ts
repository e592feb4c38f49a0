import { z } from 'zod';
import { priceField } from '../../config/fields/money-fields.js';
import { datedPriceFields, priceSourceField } from '../../config/fields/price-fields.js';
import { providerKindField } from '../../config/fields/provider-fields.js';
import type { SortField } from '../resource/sort-fields.js';
import { nameFilter, ownedViewFields, ownerFilter } from '../fields/common-fields.js';

export const priceInputSchema = z.strictObject({
  ...datedPriceFields,
  price: priceField,
  source: priceSourceField.default(''),
});

export const PRICE_SORTS: readonly SortField[] = ['updatedAt', 'effectiveFrom'];

export type PriceRowInput = z.output<typeof priceInputSchema>;

export const priceViewSchema = z.strictObject({
  ...ownedViewFields,
  providerKind: providerKindField,
  upstreamModel: z.string(),
  effectiveFrom: z.iso.date(),
  price: priceField,
  source: z.string(),
});

export const priceFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  providerKind: providerKindField.optional(),
  upstreamModel: nameFilter.optional(),
  effectiveFrom: z.iso.date().optional(),
});
