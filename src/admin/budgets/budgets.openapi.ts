import { NAMELESS_SORTS } from '../resource/sort-fields.js';
import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_OWNED } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { budgetFilterSchema, budgetInputSchema, budgetViewSchema } from './budget.dto.js';

const schemas = nameSchemas('Budget', {
  view: budgetViewSchema,
  input: budgetInputSchema,
  patch: toPatchSchema(budgetInputSchema),
  filter: budgetFilterSchema,
  sorts: NAMELESS_SORTS,
});

const input = {
  scope: { keyId: EXAMPLE.keyId },
  amountUsd: '250.00',
  period: 'month',
  timeZone: 'Europe/Vienna',
  mode: 'hard',
  alertPercents: [80, 100],
};

const shared = {
  tag: 'Budgets',
  schemas,
  examples: {
    input,
    patch: { enabled: false },
    view: {
      ...EXAMPLE_OWNED,
      ...input,
      owner: EXAMPLE.tenantId,
      webhookUrl: null,
      unpriced: 'refuse',
      enabled: true,
    },
  },
};

export const budgetOperations = [
  ...describeCollection({
    ...shared,
    path: '/admin/v1/budgets',
    name: 'PlatformBudget',
    noun: 'budgets of the platform',
  }),
  ...describeCollection({
    ...shared,
    path: '/admin/v1/tenants/{tenantId}/budgets',
    name: 'TenantBudget',
    noun: 'budgets of a tenant',
  }),
];
