import { NAMELESS_SORTS } from '../resource/sort-fields.js';
import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_OWNED } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { rateLimitFilterSchema, rateLimitInputSchema, rateLimitViewSchema } from './rate-limit.dto.js';

const schemas = nameSchemas('RateLimit', {
  view: rateLimitViewSchema,
  input: rateLimitInputSchema,
  patch: toPatchSchema(rateLimitInputSchema),
  filter: rateLimitFilterSchema,
  sorts: NAMELESS_SORTS,
});

const input = { scope: { model: 'gpt-public' }, metric: 'requests', limit: 600, windowSeconds: 60 };

const shared = {
  tag: 'Rate limits',
  schemas,
  examples: {
    input,
    patch: { enabled: false },
    view: { ...EXAMPLE_OWNED, ...input, owner: EXAMPLE.tenantId, enabled: true },
  },
};

export const rateLimitOperations = [
  ...describeCollection({
    ...shared,
    path: '/admin/v1/rate-limits',
    name: 'PlatformRateLimit',
    noun: 'rate limits of the platform',
  }),
  ...describeCollection({
    ...shared,
    path: '/admin/v1/tenants/{tenantId}/rate-limits',
    name: 'TenantRateLimit',
    noun: 'rate limits of a tenant',
  }),
];
