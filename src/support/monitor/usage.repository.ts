import { Inject, Injectable } from '@nestjs/common';
import type { Dialect } from '../../chat/dialect.js';
import type { CountSource } from '../../chat/usage.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import { buildLedgerConditions, buildUsageSql } from './build-usage-sql.js';
import { SqlParams } from './sql-params.js';
import type { UsageEvent } from './usage-event.js';
import type { UsageQuery, UsageRow } from './usage-query.js';

/** Where a page of the ledger ends: the last row's time and id. */
export interface LedgerCursor {
  startedAtMs: number;
  id: string;
}

export interface LedgerQuery extends Pick<UsageQuery, 'tenantId' | 'fromMs' | 'toMs' | 'filters'> {
  after: LedgerCursor | null;
  limit: number;
}

type SumRow = Record<Exclude<keyof UsageRow, 'startMs' | 'group' | 'durationMs'> | 'durationUs', string> & {
  startMs: string | null;
};

interface LedgerRow {
  startedAtMs: string;
  id: string;
  tenantId: string;
  keyId: string;
  providerId: string | null;
  deploymentId: string | null;
  durationUs: string;
  costNanoUsd: string | null;
  inputTokens: string | null;
  outputTokens: string | null;
  cacheReadTokens: string | null;
  cacheWriteTokens: string | null;
  reasoningTokens: string | null;
  status: number;
  attempts: number;
  streamed: boolean;
  costEstimated: boolean;
  dialect: Dialect;
  cache: UsageEvent['cache'];
  countSource: CountSource | null;
  errorCode: string | null;
  model: string;
  upstreamModel: string | null;
  user: string | null;
  tags: Record<string, string>;
}

const LEDGER_COLUMNS = `(extract(epoch FROM started_at) * 1000)::bigint AS "startedAtMs", id, tenant_id AS "tenantId",
  key_id AS "keyId", provider_id AS "providerId", deployment_id AS "deploymentId", duration_us AS "durationUs",
  cost_nano_usd AS "costNanoUsd", input_tokens AS "inputTokens", output_tokens AS "outputTokens",
  cache_read_tokens AS "cacheReadTokens", cache_write_tokens AS "cacheWriteTokens", reasoning_tokens AS "reasoningTokens",
  status, attempts, streamed, cost_estimated AS "costEstimated", dialect, cache, count_source AS "countSource",
  error_code AS "errorCode", model, upstream_model AS "upstreamModel", end_user AS "user", tags`;

const EXPORT_PAGE_ROWS = 1_000;

/** A report is in memory as a whole: about 40 MB of JSON. */
const MAX_REPORT_ROWS = 100_000;

/** Reads the ledger. Reports equal the sum of the rows that are in PostgreSQL, whichever table answers. */
@Injectable()
export class UsageRepository {
  constructor(@Inject(SQL_CLIENT) private readonly sql: SqlClient) {}

  /**
   * Groups in ascending order; without grouping and interval exactly one row.
   * @throws GatewayError('invalid_request') for more groups than MAX_REPORT_ROWS.
   * @throws on an unknown time zone (SQLSTATE 22023).
   */
  async queryUsage(query: UsageQuery): Promise<UsageRow[]> {
    const { text, params } = buildUsageSql(query, MAX_REPORT_ROWS + 1);
    const rows = await this.sql.query<SumRow>(text, params);
    if (rows.length > MAX_REPORT_ROWS) throw refuseReport();
    return rows.map((row) => convertSumRow(row, query));
  }

  /** Oldest first. */
  async listLedger({ after, limit, ...query }: LedgerQuery): Promise<UsageEvent[]> {
    const params = new SqlParams();
    const conditions = [buildLedgerConditions(query, params)];
    if (after)
      conditions.push(
        `(started_at, id) > (${params.addTime(after.startedAtMs)}, ${params.add(after.id)}::uuid)`,
      );
    const text = `SELECT ${LEDGER_COLUMNS} FROM usage_ledger WHERE ${conditions.join(' AND ')}
      ORDER BY started_at, id LIMIT ${params.add(limit)}`;
    const rows = await this.sql.query<LedgerRow>(text, params.values);
    return rows.map(convertLedgerRow);
  }

  /** Every row of the range, a page in memory at a time. Rows written behind the cursor meanwhile are not seen. */
  async *exportLedger(query: Omit<LedgerQuery, 'after' | 'limit'>): AsyncGenerator<UsageEvent> {
    let after: LedgerCursor | null = null;
    for (;;) {
      const page: UsageEvent[] = await this.listLedger({ ...query, after, limit: EXPORT_PAGE_ROWS });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < EXPORT_PAGE_ROWS) return;
      after = { startedAtMs: last.startedAtMs, id: last.id };
    }
  }
}

function refuseReport(): GatewayError {
  const publicMessage = `The report has more than ${MAX_REPORT_ROWS} rows; narrow the range, the interval or the filters.`;
  return new GatewayError('invalid_request', { publicMessage });
}

function convertSumRow(row: SumRow, { groupBy }: UsageQuery): UsageRow {
  const values = row as unknown as Record<string, string | null>;
  return {
    startMs: row.startMs === null ? null : Number(row.startMs),
    group: Object.fromEntries(groupBy.map((dimension, index) => [dimension, values[`d${index}`] ?? null])),
    requests: Number(row.requests),
    cacheHits: Number(row.cacheHits),
    sharedHits: Number(row.sharedHits),
    unpriced: Number(row.unpriced),
    unmetered: Number(row.unmetered),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cacheReadTokens: Number(row.cacheReadTokens),
    cacheWriteTokens: Number(row.cacheWriteTokens),
    reasoningTokens: Number(row.reasoningTokens),
    costNanoUsd: BigInt(row.costNanoUsd),
    durationMs: Number(row.durationUs) / 1000,
  };
}

function convertLedgerRow({ startedAtMs, durationUs, ...row }: LedgerRow): UsageEvent {
  return {
    ...row,
    startedAtMs: Number(startedAtMs),
    durationMs: Number(durationUs) / 1000,
    inputTokens: toNumber(row.inputTokens),
    outputTokens: toNumber(row.outputTokens),
    cacheReadTokens: toNumber(row.cacheReadTokens),
    cacheWriteTokens: toNumber(row.cacheWriteTokens),
    reasoningTokens: toNumber(row.reasoningTokens),
  };
}

function toNumber(value: string | null): number | null {
  return value === null ? null : Number(value);
}
