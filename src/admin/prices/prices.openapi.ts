import { z } from 'zod';
import { ownerFilter } from '../fields/common-fields.js';
import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_OWNED } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { json, type Operation } from '../openapi/operation.js';
import { PRICE_SORTS, priceFilterSchema, priceInputSchema, priceViewSchema } from './price.dto.js';

const TAG = 'Prices';
const PATH = '/admin/v1/prices';

const price = { inputUsdPerMTok: '1.25', outputUsdPerMTok: '10' };

const schemas = nameSchemas('Price', {
  view: priceViewSchema,
  input: priceInputSchema.extend({ owner: ownerFilter.optional() }),
  patch: toPatchSchema(priceInputSchema),
  filter: priceFilterSchema,
  sorts: PRICE_SORTS,
});

const collection = describeCollection({
  tag: TAG,
  path: PATH,
  name: 'Price',
  noun: 'prices',
  schemas,
  examples: {
    input: {
      providerKind: 'openai',
      upstreamModel: 'gpt-5',
      effectiveFrom: '2026-01-01',
      price,
      source: 'price list',
    },
    patch: { source: 'contract' },
    view: {
      ...EXAMPLE_OWNED,
      providerKind: 'openai',
      upstreamModel: 'gpt-5',
      effectiveFrom: '2026-01-01',
      price,
      source: 'price list',
    },
  },
});

const unpricedSchema = z
  .strictObject({
    data: z.array(
      z.strictObject({
        owner: ownerFilter,
        model: z.string(),
        deploymentId: z.uuid(),
        upstreamModel: z.string(),
        provider: z.string(),
      }),
    ),
  })
  .meta({ id: 'UnpricedModels' });

const unpriced: Operation = {
  id: 'listUnpricedModels',
  tag: TAG,
  method: 'get',
  path: `${PATH}/unpriced`,
  summary: 'List the deployments whose requests have no known cost',
  answers: [
    {
      status: 200,
      description: 'All of them.',
      contents: [
        json(unpricedSchema, {
          data: [
            {
              owner: 'platform',
              model: 'gpt-public',
              deploymentId: EXAMPLE.deploymentId,
              upstreamModel: 'gpt-5',
              provider: 'openai',
            },
          ],
        }),
      ],
    },
  ],
};

export const priceOperations: Operation[] = [...collection, unpriced];
