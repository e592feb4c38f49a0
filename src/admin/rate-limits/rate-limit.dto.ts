import { z } from 'zod';
import { narrowToScope, scopeFilterFields } from '../fields/scope-filter.js';
import { metricField, rateLimitFields } from '../../config/fields/limit-fields.js';
import { booleanFilter, limitScopeSchema, ownedViewFields } from '../fields/common-fields.js';

export const rateLimitInputSchema = z.strictObject({
  scope: limitScopeSchema.default({}),
  ...rateLimitFields,
});

export type RateLimitInput = z.output<typeof rateLimitInputSchema>;

export const rateLimitViewSchema = z.strictObject({
  ...ownedViewFields,
  scope: limitScopeSchema,
  metric: metricField,
  limit: z.int(),
  windowSeconds: z.int(),
  enabled: z.boolean(),
});

export const rateLimitFilterSchema = z.strictObject({
  ...scopeFilterFields,
  metric: metricField.optional(),
  enabled: booleanFilter.optional(),
});

export const rateLimitConditionsSchema = rateLimitFilterSchema.transform(narrowToScope);
