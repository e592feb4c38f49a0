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
 * The head row is locked while entries are added, so that they are numbered without gaps and chained in order; writers of
 * configuration are few and serialised by the change feed anyway. Record after the change is written: the change feed is
 * locked before the head by all, or two writers could wait for each other.
 */
@Injectable()
export class AuditService {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  record(manager: EntityManager, actor: Actor, change: AuditedChange): Promise<void> {
    return this.recordAll(manager, actor, [change]);
  }

  /** Entries in the order of the changes, which are taken batch by batch: there may be thousands. */
  async recordAll(manager: EntityManager, actor: Actor, changes: Iterable<AuditedChange>): Promise<void> {
    let head = await lockHead(manager);
    for (const batch of splitIntoBatches(changes)) {
      const entries = this.chain(actor, batch, head);
      await manager.query(INSERT_ENTRIES, listColumns(entries));
      head = entries.at(-1) ?? head;
    }
    await manager.query('UPDATE audit_head SET seq = $1, hash = $2', [head.seq, head.hash]);
  }

  private chain(actor: Actor, changes: readonly AuditedChange[], head: ChainHead): ChainedEntry[] {
    const at = new Date(this.clock.nowMs()).toISOString();
    let last = head;
    return changes.map((change) => {
      const entry: AuditEntry = {
        seq: last.seq + 1,
        id: createId(),
        at,
        actorId: actor.id,
        actorName: cleanSqlText(actor.name),
        actorRole: actor.role,
        ip: actor.ip,
        requestId: actor.requestId,
        clientRequestId: actor.clientRequestId,
        action: change.action,
        resource: change.resource,
        resourceId: change.resourceId,
        tenantId: change.tenantId,
        beforeJson: renderState(change.before),
        afterJson: renderState(change.after),
        previousHash: last.hash,
      };
      const chained = { ...entry, hash: computeAuditHash(entry) };
      last = chained;
      return chained;
    });
  }
}

type ChainedEntry = AuditEntry & { hash: string };
type ChainHead = Pick<ChainedEntry, 'seq' | 'hash'>;

/** Bounds how long rendering and hashing keep the event loop: about 5 ms. */
const ENTRIES_PER_STATEMENT = 250;

/** One array per column, in the order of AuditEntry's members. */
const INSERT_ENTRIES = `
INSERT INTO audit_log (seq, id, at, actor_id, actor_name, actor_role, ip, request_id, client_request_id, action, resource,
  resource_id, tenant_id, before_json, after_json, previous_hash, hash)
SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::text[], $11::text[], $12::text[], $13::uuid[], $14::text[], $15::text[], $16::text[], $17::text[])`;

async function lockHead(manager: EntityManager): Promise<ChainHead> {
  const [head] = await manager.query<{ seq: string; hash: string }[]>(
    'SELECT seq, hash FROM audit_head FOR UPDATE',
  );
  if (head === undefined) throw new Error('The audit log has no head');
  return { seq: Number(head.seq), hash: head.hash };
}

function listColumns(entries: readonly ChainedEntry[]): unknown[][] {
  const rows = entries.map((entry): unknown[] => Object.values(entry));
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));
}

function* splitIntoBatches<Item>(items: Iterable<Item>): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < ENTRIES_PER_STATEMENT) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function renderState(state: unknown): string | null {
  return state === null || state === undefined ? null : cleanSqlText(JSON.stringify(state));
}
