import { z } from 'zod';
import { booleanFilter } from '../fields/common-fields.js';

export const exportQuerySchema = z.strictObject({ format: z.enum(['yaml', 'json']).default('yaml') });

export const importQuerySchema = z.strictObject({
  /** Only says what would change. */
  dryRun: booleanFilter.default(false),
  /** What the document does not name and the API manages goes: rows deleted, tenants archived, keys revoked. */
  prune: booleanFilter.default(false),
});

const action = z.enum(['create', 'update', 'disable', 'delete', 'unchanged']);

export const importAnswerSchema = z.strictObject({
  dryRun: z.boolean(),
  prune: z.boolean(),
  counts: z.record(action, z.int()),
  changes: z.array(
    z.strictObject({
      action,
      kind: z.enum([
        'tenant',
        'key',
        'provider',
        'model',
        'deployment',
        'policy',
        'rate-limit',
        'budget',
        'price',
        'routing-rule',
      ]),
      /** As in the document: `tenants/acme/keys/ci`. */
      name: z.string(),
      /** What gets another value; names only. */
      fields: z.array(z.string()),
    }),
  ),
});

export type ImportOptions = z.output<typeof importQuerySchema>;
export type ImportAnswer = z.output<typeof importAnswerSchema>;
