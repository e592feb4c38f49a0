import { isUuid } from '../../common/ids.js';
import { cleanSqlText } from '../../storage/database/sql-client.port.js';
import type { AttemptTrace, PipelineTraceRecord, StageTrace } from './pipeline-trace.js';
import { toTraceRecord } from './trace-builder.js';
import type { TraceCursor, TraceFilters } from './trace-filters.js';

/** `$1`: a JSON array of trace records. */
export const INSERT_TRACES = `
INSERT INTO traces (started_at, id, trace_id, client_request_id, tenant_id, key_id, route, model, provider, duration_ms,
  status, error_code, fired_rules, stages, attempts, sampled_by)
SELECT to_timestamp("startedAtMs" / 1000), id, "traceId", "clientRequestId", "tenantId", "keyId", route, model, provider,
  "durationMs", status, "errorCode", ARRAY(SELECT jsonb_array_elements_text("firedRules")), stages, attempts, "sampledBy"
FROM jsonb_to_recordset($1::jsonb) AS record(id uuid, "traceId" text, "clientRequestId" text, "tenantId" uuid,
  "keyId" uuid, route text, model text, provider text, "startedAtMs" float8, "durationMs" float8, status smallint,
  "errorCode" text, "firedRules" jsonb, stages jsonb, attempts jsonb, "sampledBy" text)
ON CONFLICT DO NOTHING`;

export function renderTraces(traces: readonly PipelineTraceRecord[]): string {
  const records = traces.map(toTraceRecord);
  const text = JSON.stringify(records);
  // JSON.stringify writes \u only for control characters and lone surrogates, which PostgreSQL may refuse.
  return text.includes('\\u') ? JSON.stringify(records, cleanStrings) : text;
}

function cleanStrings(_member: string, value: unknown): unknown {
  return typeof value === 'string' ? cleanSqlText(value) : value;
}

export interface TraceRow {
  id: string;
  traceId: string;
  clientRequestId: string | null;
  tenantId: string | null;
  keyId: string | null;
  route: string;
  model: string | null;
  provider: string | null;
  startedAtMs: string;
  durationMs: number;
  status: number;
  errorCode: string | null;
  firedRules: string[];
  stages: StageTrace[];
  attempts: AttemptTrace[];
  sampledBy: string;
}

export function convertTraceRow(row: TraceRow): PipelineTraceRecord {
  return { ...row, startedAtMs: Number(row.startedAtMs) };
}

const SELECT_TRACES = `SELECT id, trace_id AS "traceId", client_request_id AS "clientRequestId", tenant_id AS "tenantId",
  key_id AS "keyId", route, model, provider, (extract(epoch FROM started_at) * 1000)::bigint AS "startedAtMs",
  duration_ms AS "durationMs", status, error_code AS "errorCode", fired_rules AS "firedRules", stages, attempts,
  sampled_by AS "sampledBy" FROM traces`;

interface Statement {
  text: string;
  params: unknown[];
}

/** Newest first. */
export function buildTraceListSql(
  filters: TraceFilters,
  before: TraceCursor | null,
  limit: number,
): Statement {
  const params: unknown[] = [];
  const add = (value: unknown): string => `$${params.push(value)}`;
  const addTime = (epochMs: number): string => `to_timestamp(${add(epochMs)}::float8 / 1000)`;
  const conditions = ['true'];
  if (filters.tenantId !== null) conditions.push(`tenant_id = ${add(filters.tenantId)}`);
  if (filters.model !== undefined) conditions.push(`model = ${add(filters.model)}`);
  if (filters.provider !== undefined) conditions.push(`provider = ${add(filters.provider)}`);
  if (filters.status !== undefined) conditions.push(`status = ${add(filters.status)}`);
  if (filters.errorCode !== undefined) conditions.push(`error_code = ${add(filters.errorCode)}`);
  if (filters.minDurationMs !== undefined) conditions.push(`duration_ms >= ${add(filters.minDurationMs)}`);
  if (filters.fromMs !== undefined) conditions.push(`started_at >= ${addTime(filters.fromMs)}`);
  if (filters.toMs !== undefined) conditions.push(`started_at < ${addTime(filters.toMs)}`);
  if (filters.rule !== undefined) {
    const rule = `${add(filters.rule)}::text`;
    conditions.push(
      `EXISTS (SELECT FROM unnest(fired_rules) AS r WHERE r = ${rule} OR starts_with(r, ${rule} || '/'))`,
    );
  }
  if (before !== null)
    conditions.push(`(started_at, id) < (${addTime(before.startedAtMs)}, ${add(before.id)}::uuid)`);
  const where = conditions.join(' AND ');
  return {
    text: `${SELECT_TRACES} WHERE ${where} ORDER BY started_at DESC, id DESC LIMIT ${add(limit)}`,
    params,
  };
}

const ID_TIME_TOLERANCE_MS = 60_000;

/** By the request's id, whose own timestamp tells the partition, or by a W3C trace id, which several requests may share. */
export function buildTraceFindSql(id: string, tenantId: string | null): Statement {
  const params: unknown[] = [id];
  const add = (value: unknown): string => `$${params.push(value)}`;
  const conditions = [isUuid(id) ? 'id = $1' : 'trace_id = $1'];
  if (tenantId !== null) conditions.push(`tenant_id = ${add(tenantId)}`);
  if (isUuid(id)) {
    const madeAtMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    conditions.push(`started_at >= to_timestamp(${add(madeAtMs - ID_TIME_TOLERANCE_MS)}::float8 / 1000)`);
    conditions.push(`started_at <= to_timestamp(${add(madeAtMs + ID_TIME_TOLERANCE_MS)}::float8 / 1000)`);
  }
  return {
    text: `${SELECT_TRACES} WHERE ${conditions.join(' AND ')} ORDER BY started_at DESC LIMIT 1`,
    params,
  };
}
