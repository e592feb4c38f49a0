import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_STAMPS } from '../openapi/example-values.js';
import { json, type Operation } from '../openapi/operation.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { keyFilterSchema, keyInputSchema, keyViewSchema, rotateKeySchema } from './api-key.dto.js';

const TAG = 'Keys';
const PATH = '/admin/v1/tenants/{tenantId}/keys';

const schemas = nameSchemas('Key', {
  view: keyViewSchema,
  input: keyInputSchema,
  patch: toPatchSchema(keyInputSchema),
  filter: keyFilterSchema,
  showsKey: true,
});

const view = {
  id: EXAMPLE.keyId,
  name: 'assistant',
  prefix: 'tpk_1a2b3c4d',
  expiresAt: null,
  allowedModels: ['gpt-*'],
  tags: { team: 'support' },
  requiredTags: [],
  user: null,
  status: 'active',
  revokedAt: null,
  successorId: null,
  lastUsedAt: EXAMPLE.instant,
  ...EXAMPLE_STAMPS,
};

const rotate: Operation = {
  id: 'rotateKey',
  tag: TAG,
  method: 'post',
  path: `${PATH}/{id}/rotate`,
  summary: 'Make a successor of a key, once; both work while they overlap',
  body: json(rotateKeySchema.meta({ id: 'KeyRotation' }), { overlapSeconds: 3_600 }),
  isBodyOptional: true,
  takesIdempotencyKey: true,
  answers: [
    {
      status: 201,
      description:
        'The successor, with the rights and the expiry of the key. `key` is shown here only; null when replayed late.',
      contents: [json(schemas.created, { ...view, key: 'shown-once' })],
      headers: ['ETag', 'Location'],
    },
  ],
};

export const keyOperations: Operation[] = [
  ...describeCollection({
    tag: TAG,
    path: PATH,
    name: 'Key',
    noun: 'keys of a tenant',
    schemas,
    examples: {
      view,
      input: { name: 'assistant', allowedModels: ['gpt-*'], tags: { team: 'support' } },
      patch: { allowedModels: [] },
    },
    deletion: 'Revoke',
    showsKey: true,
  }),
  rotate,
];
