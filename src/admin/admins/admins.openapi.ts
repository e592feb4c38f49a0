import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_STAMPS } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { adminFilterSchema, adminViewSchema, changeableAdminSchema, createAdminSchema } from './admin.dto.js';

const schemas = nameSchemas('Admin', {
  view: adminViewSchema,
  input: createAdminSchema,
  patch: toPatchSchema(changeableAdminSchema),
  filter: adminFilterSchema,
  showsKey: true,
});

export const adminOperations = describeCollection({
  tag: 'Administrators',
  path: '/admin/v1/admins',
  name: 'Admin',
  noun: 'administrators',
  schemas,
  examples: {
    view: {
      id: EXAMPLE.id,
      name: 'Ada',
      role: 'tenant-admin',
      tenantId: EXAMPLE.tenantId,
      prefix: 'tpa_1a2b3c4d',
      expiresAt: null,
      status: 'active',
      ...EXAMPLE_STAMPS,
    },
    input: { name: 'Ada', role: 'tenant-admin', tenantId: EXAMPLE.tenantId },
    patch: { expiresAt: EXAMPLE.instant },
  },
  deletion: 'Revoke',
  showsKey: true,
});
