import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import { cleanSqlText } from '../../storage/database/sql-client.port.js';
import type { Actor } from '../access/actor.js';
import { type AuditEntry, computeAuditHash } from './audit-entry.js';

/** What an actor did. `before` and `after` are the object as the API shows it, which holds no secrets. */
export interface AuditedChange {
  action: 'create' | 'update' | 'delete' | 'archive' | 'revoke' | 'rotate' | 'import';
  /** Plural, as in the path. */
  resource: string;
  resourceId: string;
  /** The tenant whose people may see the entry; null for the platform's own. */
  tenantId: string | null;
  before: unknown;
  after: unknown;
}

/**
 * The audit log: one entry per change, in the change's own transaction, chained by hash.
 *
 * The head row is locked while an entry is added, so that entries are numbered without gaps and chained in order; writers of
 * configuration are few and serialised by the change feed anyway.
 */
@Injectable()
export class AuditService {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async record(manager: EntityManager, actor: Actor, change: AuditedChange): Promise<void> {
    const [head] = await manager.query<{ seq: string; hash: string }[]>(
      'SELECT seq, hash FROM audit_head FOR UPDATE',
    );
    if (head === undefined) throw new Error('The audit log has no head');
    const entry: AuditEntry = {
      seq: Number(head.seq) + 1,
      id: createId(),
      at: new Date(this.clock.nowMs()).toISOString(),
      actorId: actor.id,
      actorName: cleanSqlText(actor.name),
      actorRole: actor.role,
      ip: actor.ip,
      requestId: actor.requestId,
      action: change.action,
      resource: change.resource,
      resourceId: change.resourceId,
      tenantId: change.tenantId,
      beforeJson: renderState(change.before),
      afterJson: renderState(change.after),
      previousHash: head.hash,
    };
    const hash = computeAuditHash(entry);
    await manager.query(INSERT_ENTRY, [...(Object.values(entry) as unknown[]), hash]);
    await manager.query('UPDATE audit_head SET seq = $1, hash = $2', [entry.seq, hash]);
  }
}

/** Columns in the order of AuditEntry's members. */
const INSERT_ENTRY = `
INSERT INTO audit_log (seq, id, at, actor_id, actor_name, actor_role, ip, request_id, action, resource, resource_id,
  tenant_id, before_json, after_json, previous_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`;

function renderState(state: unknown): string | null {
  return state === null || state === undefined ? null : cleanSqlText(JSON.stringify(state));
}
