import { Inject, Injectable } from '@nestjs/common';
import type { Dialect } from '../../chat/dialect.js';
import type { KeyId } from '../../common/ids.js';
import type { Scope } from '../../tenancy/config-snapshot.js';
import type { CountSource } from '../../chat/usage.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import { buildUsageRow } from './build-usage-row.js';
import { buildLedgerConditions, buildUsageSql } from './build-usage-sql.js';
import { hasMoreRows } from './has-more-rows.js';
import { SqlParams } from './sql-params.js';
import type { UsageEvent } from './usage-event.js';
import type { UsageDimension, UsageQuery, UsageRow } from './usage-query.js';

/** Where a page of the ledger ends: the last row's time and id. */
export interface LedgerCursor {
  startedAtMs: number;
  id: string;
}

export interface LedgerQuery extends Pick<UsageQuery, 'tenantId' | 'fromMs' | 'toMs' | 'filters'> {
  after: LedgerCursor | null;
  limit: number;
}

interface SumRow {
  startMs: string | null;
  sums: string;
  /** `d0`, `d1`, ... */
  [dimension: string]: string | null;
}

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

const EXPORT_PAGE_ROWS = 500;

/** A report is in memory as a whole: about 40 MB of JSON. */
const MAX_REPORT_ROWS = 100_000;

/**
 * For the transaction only. Compiling a report's statement takes longer than running it interpreted; a hash table of all
 * groups fits into memory, where a sort of all rows would go to disk; roll-ups of one tenant or of a few hours are read
 * through their index, which does not cost more than reading in order where the pages are in memory or on an SSD.
 */
const REPORT_SETTINGS = `SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true),
  set_config('enable_sort', 'off', true), set_config('random_page_cost', '1.1', true)`;

/** Reads the ledger. Reports equal the sum of the rows that are in PostgreSQL, whichever table answers. */
@Injectable()
export class UsageRepository {
  constructor(@Inject(SQL_CLIENT) private readonly sql: SqlClient) {}

  /**
   * Groups in ascending order; without grouping and interval exactly one row.
   * @throws GatewayError('invalid_request') for more groups than MAX_REPORT_ROWS; with days of another zone than UTC, for more
   * than that in the same days of UTC, too.
   * @throws on an unknown time zone (SQLSTATE 22023).
   */
  async queryUsage(query: UsageQuery): Promise<UsageRow[]> {
    return this.sql.transaction(async (sql) => {
      await sql.query(REPORT_SETTINGS);
      if (await hasMoreRows(sql, query, MAX_REPORT_ROWS)) throw refuseReport();
      const { text, params } = buildUsageSql(query, MAX_REPORT_ROWS + 1);
      const rows = await sql.query<SumRow>(text, params);
      if (rows.length > MAX_REPORT_ROWS) throw refuseReport();
      return rows.map((row) => convertSumRow(row, query));
    });
  }

  /** A scope names the first of the keys that replaced one another; the ledger names each. One scope for every key. */
  async spreadScope(scope: Scope): Promise<Scope[]> {
    if (scope.keyId === undefined) return [scope];
    const keys = await this.sql.query<{ id: KeyId }>('SELECT id FROM api_keys WHERE first_id = $1', [
      scope.keyId,
    ]);
    return [scope, ...keys.map(({ id }) => ({ ...scope, keyId: id }))];
  }

  /** Oldest first. */
  async listLedger(query: LedgerQuery): Promise<UsageEvent[]> {
    return (await this.findLedgerRows(query)).map(convertLedgerRow);
  }

  /** Every row of the range, a page in memory at a time. Rows written behind the cursor meanwhile are not seen. */
  async *exportLedger(query: Omit<LedgerQuery, 'after' | 'limit'>): AsyncGenerator<UsageEvent> {
    let after: LedgerCursor | null = null;
    for (;;) {
      const page: LedgerRow[] = await this.findLedgerRows({ ...query, after, limit: EXPORT_PAGE_ROWS });
      // One by one: a page of events beside the page of rows would double what every garbage collection has to keep.
      for (const row of page) yield convertLedgerRow(row);
      const last = page.at(-1);
      if (last === undefined || page.length < EXPORT_PAGE_ROWS) return;
      after = { startedAtMs: Number(last.startedAtMs), id: last.id };
    }
  }

  private findLedgerRows({ after, limit, ...query }: LedgerQuery): Promise<LedgerRow[]> {
    const params = new SqlParams();
    const conditions = [buildLedgerConditions(query, params)];
    if (after)
      conditions.push(
        `(started_at, id) > (${params.addTime(after.startedAtMs)}, ${params.add(after.id)}::uuid)`,
      );
    const text = `SELECT ${LEDGER_COLUMNS} FROM usage_ledger WHERE ${conditions.join(' AND ')}
      ORDER BY started_at, id LIMIT ${params.add(limit)}`;
    return this.sql.query<LedgerRow>(text, params.values);
  }
}

function refuseReport(): GatewayError {
  const publicMessage = `The report has more than ${MAX_REPORT_ROWS} rows; narrow the range, the interval or the filters.`;
  return new GatewayError('invalid_request', { publicMessage });
}

function convertSumRow(row: SumRow, { groupBy }: UsageQuery): UsageRow {
  const group: UsageRow['group'] = {};
  for (let index = 0; index < groupBy.length; index++) {
    group[groupBy[index] as UsageDimension] = row[`d${index}`] ?? null;
  }
  return buildUsageRow(row.startMs === null ? null : Number(row.startMs), group, row.sums);
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
