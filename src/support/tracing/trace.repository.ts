import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { isUuid } from '../../common/ids.js';
import { findSqlState, SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import { findRingTrace } from './find-ring-trace.js';
import type { PipelineTraceRecord } from './pipeline-trace.js';
import { REMOTE_TRACES, type RemoteTraces } from './remote-traces.port.js';
import { toTraceRecord } from './trace-builder.js';
import {
  compareNewestFirst,
  matchesTraceFilters,
  type TraceCursor,
  type TraceFilters,
} from './trace-filters.js';
import { TraceRing } from './trace-ring.js';
import { buildTraceFindSql, buildTraceListSql, convertTraceRow, type TraceRow } from './trace-sql.js';

const TRACE_ID_PATTERN = /^[0-9a-f]{32}$/;

export interface TracePage {
  traces: PipelineTraceRecord[];
  nextCursor: TraceCursor | null;
  /** False while PostgreSQL is down: then only this process's ring was read. */
  isStoreRead: boolean;
}

/**
 * Finished traces. Lists: this process's ring and what every process stored in PostgreSQL, newest first, without duplicates.
 * One by its id: there, and then in the rings of the other processes.
 */
@Injectable()
export class TraceRepository implements OnApplicationShutdown {
  constructor(
    private readonly ring: TraceRing,
    @Inject(SQL_CLIENT) private readonly sql: SqlClient,
    @Inject(REMOTE_TRACES) private readonly remote: RemoteTraces,
  ) {}

  onApplicationShutdown(): Promise<void> {
    return this.remote.close();
  }

  /** `before`: the last page's `nextCursor`. */
  async listTraces(
    filters: TraceFilters,
    limit: number,
    before: TraceCursor | null = null,
  ): Promise<TracePage> {
    const stored = await this.listStored(filters, limit + 1, before);
    const merged = new Map<string, PipelineTraceRecord>();
    for (const trace of [...this.listRing(filters, before), ...(stored ?? [])]) {
      if (!merged.has(trace.id)) merged.set(trace.id, trace);
    }
    const ordered = [...merged.values()].sort(compareNewestFirst);
    const traces = ordered.slice(0, limit).map(toTraceRecord);
    const last = traces.at(-1);
    const nextCursor = ordered.length > limit && last ? { startedAtMs: last.startedAtMs, id: last.id } : null;
    return { traces, nextCursor, isStoreRead: stored !== null };
  }

  /** By the request's id or by a W3C trace id; null where it is unknown or another tenant's. */
  async findTrace(id: string, tenantId: string | null): Promise<PipelineTraceRecord | null> {
    if (!isUuid(id) && !TRACE_ID_PATTERN.test(id)) return null;
    const wanted = { id, tenantId };
    const trace =
      findRingTrace(this.ring, wanted) ??
      (await this.findStored(id, tenantId)) ??
      (await this.remote.find(wanted));
    return trace === null ? null : toTraceRecord(trace);
  }

  private listRing(filters: TraceFilters, before: TraceCursor | null): PipelineTraceRecord[] {
    const found: PipelineTraceRecord[] = [];
    for (const trace of this.ring.newestFirst()) {
      const isOlder = before === null || compareNewestFirst(trace, before) > 0;
      if (isOlder && matchesTraceFilters(trace, filters)) found.push(trace);
    }
    return found;
  }

  private async findStored(id: string, tenantId: string | null): Promise<PipelineTraceRecord | null> {
    const { text, params } = buildTraceFindSql(id, tenantId);
    const rows = await this.sql.query<TraceRow>(text, params);
    return rows[0] === undefined ? null : convertTraceRow(rows[0]);
  }

  private async listStored(
    filters: TraceFilters,
    limit: number,
    before: TraceCursor | null,
  ): Promise<PipelineTraceRecord[] | null> {
    const { text, params } = buildTraceListSql(filters, before, limit);
    try {
      const rows = await this.sql.query<TraceRow>(text, params);
      return rows.map(convertTraceRow);
    } catch (error) {
      // No SQLSTATE, or one of the classes "connection" and "operator intervention": the ring alone answers.
      if (/^(08|57)/.test(findSqlState(error) ?? '08')) return null;
      throw error;
    }
  }
}
