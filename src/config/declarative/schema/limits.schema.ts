import { z } from 'zod';
import { budgetFields, hasOneAmount, ONE_AMOUNT, rateLimitFields } from '../../fields/limit-fields.js';
import type { DeclaredBudget, DeclaredRateLimit, SealedCredential } from '../declarative-config.js';
import { toNanoUsd } from './price.schema.js';
import type { ScopeSchema } from './scope.schema.js';
import { rowNameSchema } from './text.schema.js';

export function rateLimitSchema(scope: ScopeSchema) {
  return z
    .strictObject({ name: rowNameSchema.optional(), scope, ...rateLimitFields })
    .transform((limit): DeclaredRateLimit => ({ ...limit, name: limit.name ?? null }));
}

export function budgetSchema(scope: ScopeSchema, webhookUrl: z.ZodType<string | SealedCredential>) {
  return z
    .strictObject({
      name: rowNameSchema.optional(),
      scope,
      ...budgetFields,
      webhookUrl: webhookUrl.optional(),
    })
    .refine(hasOneAmount, ONE_AMOUNT)
    .transform(({ amountUsd, tokens, ...budget }): DeclaredBudget => ({
      ...budget,
      name: budget.name ?? null,
      amountNanoUsd: amountUsd === undefined ? null : toNanoUsd(amountUsd),
      amountTokens: tokens ?? null,
      webhookUrl: budget.webhookUrl ?? null,
    }));
}
