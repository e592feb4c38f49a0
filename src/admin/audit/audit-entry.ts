import { createHash } from 'node:crypto';

/** One row of the audit log as it is stored. Times ISO 8601; `beforeJson` and `afterJson` are JSON text or null. */
export interface AuditEntry {
  /** 1, 2, 3 ... without gaps. */
  seq: number;
  id: string;
  at: string;
  actorId: string;
  actorName: string;
  actorRole: string;
  ip: string;
  requestId: string;
  clientRequestId: string | null;
  action: string;
  resource: string;
  resourceId: string;
  tenantId: string | null;
  beforeJson: string | null;
  afterJson: string | null;
  /** Hash of the entry before; empty for the first. */
  previousHash: string;
}

/** SHA-256, hex, over every member and the hash before: a changed, missing or inserted row breaks the chain from there on. */
export function computeAuditHash(entry: AuditEntry): string {
  const members = [
    entry.seq,
    entry.id,
    entry.at,
    entry.actorId,
    entry.actorName,
    entry.actorRole,
    entry.ip,
    entry.requestId,
    entry.clientRequestId,
    entry.action,
    entry.resource,
    entry.resourceId,
    entry.tenantId,
    entry.beforeJson,
    entry.afterJson,
    entry.previousHash,
  ];
  return createHash('sha256').update(JSON.stringify(members)).digest('hex');
}
