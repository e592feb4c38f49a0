import { z } from 'zod';
import { deploymentFields, MAX_DEPLOYMENTS, modelFields } from '../../fields/model-fields.js';
import { nameField } from '../../fields/text-fields.js';
import type { DeclaredDeployment } from '../declarative-config.js';
import { priceSchema } from './price.schema.js';

const deploymentSchema = z
  .strictObject({
    provider: nameField,
    /** Where the owner has a provider of the name, too. */
    providerOwner: z.literal('platform').optional(),
    ...deploymentFields,
    price: priceSchema.optional(),
  })
  .transform((deployment): DeclaredDeployment => ({
    ...deployment,
    providerOwner: deployment.providerOwner ?? null,
    defaultMaxOutputTokens: deployment.defaultMaxOutputTokens ?? null,
    price: deployment.price ?? null,
  }));

export const modelSchema = z.strictObject({
  ...modelFields,
  deployments: z.array(deploymentSchema).min(1, 'must name at least one deployment').max(MAX_DEPLOYMENTS),
});
