import { z } from 'zod';
import { booleanFilter, ownedViewFields, scopeSchema } from '../fields/common-fields.js';

const metric = z.enum(['requests', 'tokens', 'input-tokens', 'output-tokens', 'concurrency']);

export const rateLimitInputSchema = z.strictObject({
  scope: scopeSchema.default({}),
  metric,
  limit: z.int().min(1).max(1_000_000_000_000),
  /** Ignored for concurrency. */
  windowSeconds: z.int().min(1).max(2_592_000).default(60),
  enabled: z.boolean().default(true),
});

export type RateLimitInput = z.output<typeof rateLimitInputSchema>;

export const rateLimitViewSchema = z.strictObject({
  ...ownedViewFields,
  scope: scopeSchema,
  metric,
  limit: z.int(),
  windowSeconds: z.int(),
  enabled: z.boolean(),
});

export const rateLimitFilterSchema = z.strictObject({
  metric: metric.optional(),
  enabled: booleanFilter.optional(),
});
