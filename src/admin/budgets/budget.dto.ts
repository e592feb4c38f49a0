import { z } from 'zod';
import {
  booleanFilter,
  ownedViewFields,
  scopeSchema,
  timeZoneField,
  webhookField,
} from '../fields/common-fields.js';
import { amountUsdField } from '../fields/money-fields.js';

const period = z.enum(['day', 'week', 'month', 'total']);
const mode = z.enum(['hard', 'soft']);
const unpriced = z.enum(['refuse', 'allow']);
const tokens = z.int().min(1).max(9_000_000_000_000_000);

export const budgetInputSchema = z
  .strictObject({
    scope: scopeSchema.default({}),
    amountUsd: amountUsdField.optional(),
    tokens: tokens.optional(),
    period,
    timeZone: timeZoneField.default('UTC'),
    mode: mode.default('hard'),
    alertPercents: z.array(z.int().min(1).max(1_000)).max(20).default([]),
    webhookUrl: webhookField.nullable().default(null),
    unpriced: unpriced.default('refuse'),
    enabled: z.boolean().default(true),
  })
  .refine(({ amountUsd, tokens: count }) => (amountUsd === undefined) !== (count === undefined), {
    path: ['amountUsd'],
    message: 'Exactly one of amountUsd and tokens',
  });

export type BudgetInput = z.output<typeof budgetInputSchema>;

export const budgetViewSchema = z.strictObject({
  ...ownedViewFields,
  scope: scopeSchema,
  amountUsd: amountUsdField.optional(),
  tokens: tokens.optional(),
  period,
  timeZone: z.string(),
  mode,
  alertPercents: z.array(z.int()),
  webhookUrl: z
    .string()
    .nullable()
    .describe('May authorise whoever knows it: viewers see no more than its origin, followed by `/***`.'),
  unpriced,
  enabled: z.boolean(),
});

export const budgetFilterSchema = z.strictObject({
  period: period.optional(),
  mode: mode.optional(),
  enabled: booleanFilter.optional(),
});
