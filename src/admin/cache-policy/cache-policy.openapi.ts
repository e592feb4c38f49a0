import { json, mergePatch, type Operation } from '../openapi/operation.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { cachePolicySchema, cachePolicyViewSchema } from './cache-policy.dto.js';

const PATH = '/admin/v1/tenants/{tenantId}/cache-policy';
const TAG = 'Cache policy';

const view = json(cachePolicyViewSchema.meta({ id: 'CachePolicy' }), {
  mode: 'deterministic',
  ttlSeconds: 3_600,
});

const answers: Operation['answers'] = [
  { status: 200, description: 'As it is now.', contents: [view], headers: ['ETag'] },
];

// A member that only says what is missing in this version is none that a client could send.
const writable = cachePolicySchema.omit({ semantic: true });
const patch = toPatchSchema(writable).meta({ id: 'CachePolicyPatch' });
const input = writable.meta({ id: 'CachePolicyInput' });

export const cachePolicyOperations: Operation[] = [
  {
    id: 'readCachePolicy',
    tag: TAG,
    method: 'get',
    path: PATH,
    summary: "Read a tenant's cache policy",
    answers,
  },
  {
    id: 'updateCachePolicy',
    tag: TAG,
    method: 'patch',
    path: PATH,
    summary: "Change a tenant's cache policy by merge patch (RFC 7396)",
    ...mergePatch(patch, { mode: 'off' }),
    needsIfMatch: true,
    answers,
  },
  {
    id: 'replaceCachePolicy',
    tag: TAG,
    method: 'put',
    path: PATH,
    summary: "Replace a tenant's cache policy",
    body: json(input, { mode: 'always', ttlSeconds: 600 }),
    needsIfMatch: true,
    answers,
  },
];
