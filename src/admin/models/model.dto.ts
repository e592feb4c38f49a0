import { z } from 'zod';
import {
  deploymentFields,
  MAX_DEPLOYMENTS,
  modelFields,
  strategyField,
} from '../../config/fields/model-fields.js';
import { priceField } from '../../config/fields/money-fields.js';
import { booleanFilter, idField, nameFilter, ownedViewFields, ownerFilter } from '../fields/common-fields.js';

const deploymentMembers = { providerId: idField, ...deploymentFields, price: priceField.optional() };

export const modelInputSchema = z.strictObject({
  ...modelFields,
  /** In a PATCH the whole list is replaced; deployments that name their `id` keep it, others are new. */
  deployments: z
    .array(z.strictObject({ id: idField.optional(), ...deploymentMembers }))
    .min(1, 'must name at least one deployment')
    .max(MAX_DEPLOYMENTS),
});

export type ModelInput = z.output<typeof modelInputSchema>;
export type DeploymentInput = ModelInput['deployments'][number];

export const modelViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  strategy: strategyField,
  deployments: z.array(
    z.strictObject({ ...deploymentMembers, id: z.uuid(), defaultMaxOutputTokens: z.int().optional() }),
  ),
  enabled: z.boolean(),
});

export const modelFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  name: nameFilter.optional(),
  strategy: strategyField.optional(),
  enabled: booleanFilter.optional(),
});
