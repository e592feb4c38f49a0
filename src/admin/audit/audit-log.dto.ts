import { z } from 'zod';
import { idField, idOrWordFilter, instantField } from '../fields/common-fields.js';

export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** Entries before this number: the `nextCursor` of the page before. */
  cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  tenantId: idField.optional(),
  actorId: idOrWordFilter.optional(),
  /** As in the answer's `x-request-id`; all entries of an import have the same. */
  requestId: idField.optional(),
  action: z.enum(['create', 'update', 'delete', 'archive', 'revoke', 'rotate', 'import']).optional(),
  resource: z.string().max(64).optional(),
  resourceId: idOrWordFilter.optional(),
  from: instantField.optional(),
  to: instantField.optional(),
  format: z.enum(['json', 'ndjson']).default('json'),
});

export type AuditQuery = z.output<typeof auditQuerySchema>;

export const auditEntryViewSchema = z.strictObject({
  seq: z.int(),
  id: z.uuid(),
  at: z.iso.datetime(),
  actor: z.strictObject({ id: z.string(), name: z.string(), role: z.string() }),
  ip: z.string(),
  /** As in the answer's `x-request-id`. */
  requestId: z.string(),
  clientRequestId: z.string().nullable(),
  action: z.string(),
  resource: z.string(),
  resourceId: z.string(),
  tenantId: z.uuid().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  previousHash: z.string(),
  hash: z.string(),
});
