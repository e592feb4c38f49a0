import { z } from 'zod';
import { validateBaseUrl } from '../../pipeline/provider-router/validate-base-url.js';
import {
  nameField,
  booleanFilter,
  ownedViewFields,
  ownerFilter,
  timeoutsSchema,
} from '../fields/common-fields.js';

const ratio = z.number().min(0).max(1);

const breakerSchema = z.strictObject({
  consecutiveFailures: z.int().min(1).max(1_000).optional(),
  errorRatio: ratio.optional(),
  minimumCalls: z.int().min(1).max(100_000).optional(),
  windowSeconds: z.int().min(1).max(3_600).optional(),
  slowCallMs: z.int().min(1).max(86_400_000).optional(),
  slowCallRatio: ratio.optional(),
  openSeconds: z.int().min(1).max(3_600).optional(),
  halfOpenSuccesses: z.int().min(1).max(100).optional(),
});

const kind = z.enum(['openai', 'anthropic', 'simulated']);

const baseUrl = z
  .string()
  .max(2_048)
  .superRefine((text, context) => {
    const check = validateBaseUrl(text);
    if (!check.ok) context.addIssue({ code: 'custom', message: check.reason });
  });

const settings = z.record(z.string().max(64), z.union([z.string().max(256), z.number(), z.boolean()]));

export const providerInputSchema = z.strictObject({
  name: nameField,
  kind,
  baseUrl,
  /** Write-only. Absent in a PATCH: stays. Null: none. */
  apiKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'Printable ASCII without spaces')
    .nullable()
    .optional(),
  timeouts: timeoutsSchema.default({}),
  breaker: breakerSchema.default({}),
  settings: settings.default({}),
  enabled: z.boolean().default(true),
});

export type ProviderInput = z.output<typeof providerInputSchema>;

export const providerViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  kind,
  baseUrl: z.string(),
  hasApiKey: z.boolean(),
  timeouts: timeoutsSchema,
  breaker: breakerSchema,
  settings,
  enabled: z.boolean(),
});

export const providerFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  name: nameField.optional(),
  kind: kind.optional(),
  enabled: booleanFilter.optional(),
});
