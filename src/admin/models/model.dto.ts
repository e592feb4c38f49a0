import { z } from 'zod';
import {
  booleanFilter,
  modelNameField,
  ownedViewFields,
  ownerFilter,
  timeoutsSchema,
} from '../fields/common-fields.js';
import { priceSchema } from '../fields/money-fields.js';

const strategy = z.enum(['priority', 'weighted']);

const deploymentFields = {
  providerId: z.uuid(),
  upstreamModel: modelNameField,
  weight: z.int().min(0).max(1_000_000).default(1),
  /** Lower is tried first. */
  priority: z.int().min(0).max(1_000_000).default(0),
  defaultMaxOutputTokens: z.int().min(1).max(10_000_000).optional(),
  price: priceSchema.optional(),
  /** Ask for usage in OpenAI streams. */
  streamUsage: z.boolean().default(true),
  timeouts: timeoutsSchema.default({}),
};

export const modelInputSchema = z.strictObject({
  name: modelNameField,
  strategy: strategy.default('priority'),
  /** In a PATCH the whole list is replaced; deployments that name their `id` keep it. */
  deployments: z
    .array(z.strictObject({ id: z.uuid().optional(), ...deploymentFields }))
    .min(1)
    .max(100),
  enabled: z.boolean().default(true),
});

export type ModelInput = z.output<typeof modelInputSchema>;
export type DeploymentInput = ModelInput['deployments'][number];

export const modelViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  strategy,
  deployments: z.array(
    z.strictObject({ ...deploymentFields, id: z.uuid(), defaultMaxOutputTokens: z.int().optional() }),
  ),
  enabled: z.boolean(),
});

export const modelFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  name: modelNameField.optional(),
  strategy: strategy.optional(),
  enabled: booleanFilter.optional(),
});
