import { z } from 'zod';
import { ownerFilter } from '../fields/common-fields.js';
import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_OWNED } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { json, type Operation } from '../openapi/operation.js';
import { providerFilterSchema, providerInputSchema, providerViewSchema } from './provider.dto.js';

const TAG = 'Providers';
const PATH = '/admin/v1/providers';

const schemas = nameSchemas('Provider', {
  view: providerViewSchema,
  input: providerInputSchema.extend({ owner: ownerFilter.optional() }),
  patch: toPatchSchema(providerInputSchema),
  filter: providerFilterSchema,
});

const collection = describeCollection({
  tag: TAG,
  path: PATH,
  name: 'Provider',
  noun: 'providers',
  schemas,
  examples: {
    input: { name: 'openai', kind: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey: 'sk-example' },
    patch: { enabled: false },
    view: {
      ...EXAMPLE_OWNED,
      id: EXAMPLE.providerId,
      name: 'openai',
      kind: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      hasApiKey: true,
      timeouts: {},
      breaker: {},
      settings: {},
      enabled: true,
    },
  },
});

const testResultSchema = z
  .strictObject({
    ok: z.boolean(),
    durationMs: z.int(),
    steps: z.array(
      z.strictObject({
        step: z.enum(['connect', 'authenticate', 'list-models']),
        ok: z.boolean(),
        detail: z.string(),
      }),
    ),
    models: z.array(z.string()),
  })
  .meta({ id: 'ProviderTestResult' });

const test: Operation = {
  id: 'testProvider',
  tag: TAG,
  method: 'post',
  path: `${PATH}/{id}/test`,
  summary: 'Connect with the stored credential and say what works',
  answers: [
    {
      status: 200,
      description: 'What works; `ok` is false where something does not.',
      contents: [
        json(testResultSchema, {
          ok: true,
          durationMs: 120,
          steps: [{ step: 'connect', ok: true, detail: 'It answered 200.' }],
          models: ['gpt-5'],
        }),
      ],
    },
  ],
};

export const providerOperations: Operation[] = [...collection, test];
