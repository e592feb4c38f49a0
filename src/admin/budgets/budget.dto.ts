import { z } from 'zod';
import { narrowToScope, scopeFilterFields } from '../fields/scope-filter.js';
import {
  budgetFields,
  budgetModeField,
  hasOneAmount,
  ONE_AMOUNT,
  periodField,
  tokensField,
  unpricedField,
} from '../../config/fields/limit-fields.js';
import { amountUsdField } from '../../config/fields/money-fields.js';
import { booleanFilter, limitScopeSchema, ownedViewFields, webhookField } from '../fields/common-fields.js';

export const budgetInputSchema = z
  .strictObject({
    scope: limitScopeSchema.default({}),
    ...budgetFields,
    webhookUrl: webhookField.nullable().default(null),
  })
  .refine(hasOneAmount, { ...ONE_AMOUNT, path: ['amountUsd'] });

export type BudgetInput = z.output<typeof budgetInputSchema>;

export const budgetViewSchema = z.strictObject({
  ...ownedViewFields,
  scope: limitScopeSchema,
  amountUsd: amountUsdField.optional(),
  tokens: tokensField.optional(),
  period: periodField,
  timeZone: z.string(),
  mode: budgetModeField,
  alertPercents: z.array(z.int()),
  webhookUrl: z
    .string()
    .nullable()
    .describe('May authorise whoever knows it: viewers see no more than its origin, followed by `/***`.'),
  unpriced: unpricedField,
  enabled: z.boolean(),
});

export const budgetFilterSchema = z.strictObject({
  ...scopeFilterFields,
  period: periodField.optional(),
  mode: budgetModeField.optional(),
  enabled: booleanFilter.optional(),
});

export const budgetConditionsSchema = budgetFilterSchema.transform(narrowToScope);
