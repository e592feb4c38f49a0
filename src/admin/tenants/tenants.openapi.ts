import { EXAMPLE, EXAMPLE_STAMPS } from '../openapi/example-values.js';
import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { tenantFilterSchema, tenantInputSchema, tenantViewSchema } from './tenant.dto.js';

const schemas = nameSchemas('Tenant', {
  view: tenantViewSchema,
  input: tenantInputSchema,
  patch: toPatchSchema(tenantInputSchema),
  filter: tenantFilterSchema,
});

export const tenantOperations = describeCollection({
  tag: 'Tenants',
  path: '/admin/v1/tenants',
  name: 'Tenant',
  noun: 'tenants',
  schemas,
  examples: {
    view: {
      id: EXAMPLE.tenantId,
      name: 'acme',
      status: 'active',
      quotaFallback: 'local',
      ...EXAMPLE_STAMPS,
    },
    input: { name: 'acme' },
    patch: { status: 'suspended' },
  },
  deletion: 'Archive',
});
