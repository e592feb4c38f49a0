import { z } from 'zod';
import { isJsonObject } from '../../../common/json.js';
import type { DeclaredBudget, DeclaredRateLimit, SealedCredential } from '../declarative-config.js';
import { amountUsdSchema } from './money.schema.js';
import type { ScopeSchema } from './scope.schema.js';
import { enabledSchema, rowNameSchema } from './text.schema.js';
import { isTimeZone } from '../../../common/time-zone.js';

const MAX_WINDOW_SECONDS = 30 * 86_400;
const MAX_LIMIT = 1_000_000_000_000;
const MAX_TOKENS = 9_000_000_000_000_000;
const DEFAULT_WINDOW_SECONDS = 60;

export function rateLimitSchema(scope: ScopeSchema) {
  return z
    .strictObject({
      name: rowNameSchema.optional(),
      scope,
      metric: z.enum(['requests', 'tokens', 'input-tokens', 'output-tokens', 'concurrency']),
      limit: z.int().min(1).max(MAX_LIMIT),
      windowSeconds: z.int().min(1).max(MAX_WINDOW_SECONDS).default(DEFAULT_WINDOW_SECONDS),
      enabled: enabledSchema,
    })
    .transform((limit): DeclaredRateLimit => ({ ...limit, name: limit.name ?? null }));
}

const timeZoneSchema = z.string().max(64).refine(isTimeZone, 'must be an IANA time zone: Europe/Berlin');

/** Anything but exactly one amount; judged whatever else is wrong, so that all faults are told at once. */
const ONE_AMOUNT = {
  message: 'must have exactly one of amountUsd and tokens',
  when: ({ value }: { value: unknown }) => isJsonObject(value),
};

export function budgetSchema(scope: ScopeSchema, webhookUrl: z.ZodType<string | SealedCredential>) {
  return z
    .strictObject({
      name: rowNameSchema.optional(),
      scope,
      amountUsd: amountUsdSchema.optional(),
      tokens: z.int().min(1).max(MAX_TOKENS).optional(),
      period: z.enum(['day', 'week', 'month', 'total']),
      timeZone: timeZoneSchema.default('UTC'),
      mode: z.enum(['hard', 'soft']).default('hard'),
      alertPercents: z.array(z.int().min(1).max(1_000)).max(20).default([]),
      webhookUrl: webhookUrl.optional(),
      unpriced: z.enum(['refuse', 'allow']).default('refuse'),
      enabled: enabledSchema,
    })
    .refine(({ amountUsd, tokens }) => (amountUsd === undefined) !== (tokens === undefined), ONE_AMOUNT)
    .transform(({ amountUsd, tokens, ...budget }): DeclaredBudget => ({
      ...budget,
      name: budget.name ?? null,
      amountNanoUsd: amountUsd ?? null,
      amountTokens: tokens ?? null,
      webhookUrl: budget.webhookUrl ?? null,
    }));
}
