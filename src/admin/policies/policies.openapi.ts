import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_OWNED } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { policyFilterSchema, policyInputSchema, policyViewSchema } from './policy.dto.js';

const schemas = nameSchemas('Policy', {
  view: policyViewSchema,
  input: policyInputSchema,
  patch: toPatchSchema(policyInputSchema),
  filter: policyFilterSchema,
});

const input = {
  name: 'no card numbers',
  direction: 'request',
  detectors: [{ type: 'payment-card', id: 'cards', severity: 'high' }],
  actions: { high: 'redact' },
};

const shared = {
  tag: 'Policies',
  schemas,
  examples: {
    input,
    patch: { enabled: false },
    view: {
      ...EXAMPLE_OWNED,
      ...input,
      owner: EXAMPLE.tenantId,
      version: 1,
      scope: {},
      actions: { low: 'allow', medium: 'flag', high: 'redact', critical: 'block' },
      mode: 'enforce',
      enabled: true,
    },
  },
};

export const policyOperations = [
  ...describeCollection({
    ...shared,
    path: '/admin/v1/policies',
    name: 'PlatformPolicy',
    noun: 'policies of the platform',
  }),
  ...describeCollection({
    ...shared,
    path: '/admin/v1/tenants/{tenantId}/policies',
    name: 'TenantPolicy',
    noun: 'policies of a tenant',
  }),
];
