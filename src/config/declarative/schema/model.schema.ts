import { z } from 'zod';
import type { DeclaredDeployment } from '../declarative-config.js';
import { priceSchema } from './money.schema.js';
import { timeoutsSchema } from './provider.schema.js';
import { enabledSchema, line, modelNameSchema, nameSchema } from './text.schema.js';

const MAX_WEIGHT = 1_000_000;

export const upstreamModelSchema = line(256);

const deploymentSchema = z
  .strictObject({
    provider: nameSchema,
    upstreamModel: upstreamModelSchema,
    weight: z.int().min(0).max(MAX_WEIGHT).default(1),
    priority: z.int().min(0).max(MAX_WEIGHT).default(0),
    defaultMaxOutputTokens: z.int().min(1).max(10_000_000).optional(),
    price: priceSchema.optional(),
    streamUsage: z.boolean().default(true),
    timeouts: timeoutsSchema,
  })
  .transform((deployment): DeclaredDeployment => ({
    ...deployment,
    defaultMaxOutputTokens: deployment.defaultMaxOutputTokens ?? null,
    price: deployment.price ?? null,
  }));

export const modelSchema = z.strictObject({
  name: modelNameSchema,
  strategy: z.enum(['priority', 'weighted']).default('priority'),
  deployments: z.array(deploymentSchema).min(1, 'must name at least one deployment').max(100),
  enabled: enabledSchema,
});
