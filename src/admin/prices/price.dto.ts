import { z } from 'zod';
import { modelNameField, ownedViewFields, ownerFilter } from '../fields/common-fields.js';
import { priceSchema } from '../fields/money-fields.js';

const providerKind = z.enum(['openai', 'anthropic', 'simulated']);

export const priceInputSchema = z.strictObject({
  providerKind,
  upstreamModel: modelNameField,
  /** First day the price holds, UTC. */
  effectiveFrom: z.iso.date(),
  price: priceSchema,
  /** Where it comes from: a price list, a contract. */
  source: z.string().max(512).default(''),
});

export type PriceRowInput = z.output<typeof priceInputSchema>;

export const priceViewSchema = z.strictObject({
  ...ownedViewFields,
  providerKind,
  upstreamModel: z.string(),
  effectiveFrom: z.iso.date(),
  price: priceSchema,
  source: z.string(),
});

export const priceFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  providerKind: providerKind.optional(),
  upstreamModel: modelNameField.optional(),
  effectiveFrom: z.iso.date().optional(),
});
