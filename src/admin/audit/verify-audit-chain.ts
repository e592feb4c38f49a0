import type { SqlClient } from '../../storage/database/sql-client.port.js';
import { type AuditEntry, computeAuditHash } from './audit-entry.js';

export type AuditChainVerdict =
  { isIntact: true; entries: number } | { isIntact: false; brokenAtSeq: number; reason: string };

const PAGE = 1_000;

const SELECT_PAGE = `
SELECT seq, id, at, actor_id AS "actorId", actor_name AS "actorName", actor_role AS "actorRole", ip,
  request_id AS "requestId", client_request_id AS "clientRequestId", action, resource, resource_id AS "resourceId", tenant_id AS "tenantId",
  before_json AS "beforeJson", after_json AS "afterJson", previous_hash AS "previousHash", hash
FROM audit_log WHERE seq > $1 ORDER BY seq LIMIT ${PAGE}`;

type StoredEntry = Omit<AuditEntry, 'seq' | 'at'> & { seq: string; at: Date; hash: string };

/** Reads the whole log, page by page, and recomputes every hash. Says at which entry the chain breaks, and how. */
export async function verifyAuditChain(sql: SqlClient): Promise<AuditChainVerdict> {
  let lastSeq = 0;
  let lastHash = '';
  for (;;) {
    const page = await sql.query<StoredEntry>(SELECT_PAGE, [lastSeq]);
    for (const { hash, seq, at, ...rest } of page) {
      const entry: AuditEntry = { ...rest, seq: Number(seq), at: at.toISOString() };
      const reason = findFault(entry, hash, lastSeq, lastHash);
      if (reason !== null) return { isIntact: false, brokenAtSeq: entry.seq, reason };
      lastSeq = entry.seq;
      lastHash = hash;
    }
    if (page.length < PAGE) break;
  }
  const [head] = await sql.query<{ seq: string; hash: string }>('SELECT seq, hash FROM audit_head');
  if (Number(head?.seq) !== lastSeq || head?.hash !== lastHash) {
    return { isIntact: false, brokenAtSeq: lastSeq + 1, reason: 'entries at the end are missing' };
  }
  return { isIntact: true, entries: lastSeq };
}

function findFault(entry: AuditEntry, hash: string, lastSeq: number, lastHash: string): string | null {
  if (entry.seq !== lastSeq + 1) return `entries ${lastSeq + 1} to ${entry.seq - 1} are missing`;
  if (entry.previousHash !== lastHash) return 'it does not follow the entry before';
  return computeAuditHash(entry) === hash ? null : 'it was changed';
}
