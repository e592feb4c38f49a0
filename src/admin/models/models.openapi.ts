import { ownerFilter } from '../fields/common-fields.js';
import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_OWNED } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { modelFilterSchema, modelInputSchema, modelViewSchema } from './model.dto.js';

const price = { inputUsdPerMTok: '1.25', outputUsdPerMTok: '10' };

const schemas = nameSchemas('Model', {
  view: modelViewSchema,
  input: modelInputSchema.extend({ owner: ownerFilter.optional() }),
  patch: toPatchSchema(modelInputSchema),
  filter: modelFilterSchema,
});

export const modelOperations = describeCollection({
  tag: 'Models',
  path: '/admin/v1/models',
  name: 'Model',
  noun: 'models',
  schemas,
  examples: {
    input: {
      name: 'gpt-public',
      deployments: [{ providerId: EXAMPLE.providerId, upstreamModel: 'gpt-5', price }],
    },
    patch: { strategy: 'weighted' },
    view: {
      ...EXAMPLE_OWNED,
      id: EXAMPLE.modelId,
      name: 'gpt-public',
      strategy: 'priority',
      deployments: [
        {
          id: EXAMPLE.deploymentId,
          providerId: EXAMPLE.providerId,
          upstreamModel: 'gpt-5',
          weight: 1,
          priority: 0,
          price,
          streamUsage: true,
          timeouts: {},
        },
      ],
      enabled: true,
    },
  },
});
