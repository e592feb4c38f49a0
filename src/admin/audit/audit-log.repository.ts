import { Inject, Injectable } from '@nestjs/common';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import type { AuditQuery } from './audit-log.dto.js';

interface AuditRow {
  seq: string;
  id: string;
  at: Date;
  actor_id: string;
  actor_name: string;
  actor_role: string;
  ip: string;
  request_id: string;
  client_request_id: string | null;
  action: string;
  resource: string;
  resource_id: string;
  tenant_id: string | null;
  before_json: string | null;
  after_json: string | null;
  previous_hash: string;
  hash: string;
}

export type AuditFilters = Pick<
  AuditQuery,
  'actorId' | 'requestId' | 'action' | 'resource' | 'resourceId' | 'from' | 'to'
> & {
  /** Null: all tenants' and the platform's own. */
  tenantId: string | null;
};

/** Reads the audit log, newest first. */
@Injectable()
export class AuditLogRepository {
  constructor(@Inject(SQL_CLIENT) private readonly sql: SqlClient) {}

  /** @param beforeSeq entries with a smaller number; null: from the newest. */
  async list(filters: AuditFilters, beforeSeq: number | null, limit: number) {
    const params: unknown[] = [];
    const add = (value: unknown): string => `$${params.push(value)}`;
    const conditions = ['true'];
    const equal = (column: string, value: string | undefined): void => {
      if (value !== undefined) conditions.push(`${column} = ${add(value)}`);
    };
    if (filters.tenantId !== null) conditions.push(`tenant_id = ${add(filters.tenantId)}`);
    equal('actor_id', filters.actorId);
    equal('request_id', filters.requestId);
    equal('action', filters.action);
    equal('resource', filters.resource);
    equal('resource_id', filters.resourceId);
    if (filters.from !== undefined) conditions.push(`at >= ${add(new Date(filters.from))}`);
    if (filters.to !== undefined) conditions.push(`at < ${add(new Date(filters.to))}`);
    if (beforeSeq !== null) conditions.push(`seq < ${add(beforeSeq)}`);
    const rows = await this.sql.query<AuditRow>(
      `SELECT * FROM audit_log WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ${add(limit)}`,
      params,
    );
    return rows.map(renderEntry);
  }
}

function renderEntry(row: AuditRow) {
  return {
    seq: Number(row.seq),
    id: row.id,
    at: row.at.toISOString(),
    actor: { id: row.actor_id, name: row.actor_name, role: row.actor_role },
    ip: row.ip,
    requestId: row.request_id,
    clientRequestId: row.client_request_id,
    action: row.action,
    resource: row.resource,
    resourceId: row.resource_id,
    tenantId: row.tenant_id,
    before: parseState(row.before_json),
    after: parseState(row.after_json),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

function parseState(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
