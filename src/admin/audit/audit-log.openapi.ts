import { z } from 'zod';
import { EXAMPLE } from '../openapi/example-values.js';
import { json, type Operation } from '../openapi/operation.js';
import { auditEntryViewSchema, auditQuerySchema } from './audit-log.dto.js';

const pageSchema = z
  .strictObject({
    data: z.array(auditEntryViewSchema.meta({ id: 'AuditEntry' })),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'AuditLogPage' });

const entry = {
  seq: 1,
  id: EXAMPLE.id,
  at: EXAMPLE.instant,
  actor: { id: 'bootstrap', name: 'bootstrap', role: 'platform-admin' },
  ip: '127.0.0.1',
  requestId: EXAMPLE.id,
  clientRequestId: null,
  action: 'create',
  resource: 'tenants',
  resourceId: EXAMPLE.tenantId,
  tenantId: EXAMPLE.tenantId,
  before: null,
  after: { name: 'acme' },
  previousHash: '',
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};

export const auditLogOperations: Operation[] = [
  {
    id: 'listAuditLog',
    tag: 'Audit log',
    method: 'get',
    path: '/admin/v1/audit-log',
    summary: 'List changes, newest first; with format=ndjson export all that match',
    query: auditQuerySchema,
    problems: [404],
    answers: [
      {
        status: 200,
        description: 'One page, or one entry a line.',
        contents: [
          json(pageSchema, { data: [entry], nextCursor: null }),
          { mediaType: 'application/x-ndjson', schema: z.string(), example: `${JSON.stringify(entry)}\n` },
        ],
      },
    ],
  },
];
