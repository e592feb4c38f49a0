import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import type { LimitMetric } from '../../tenancy/config-snapshot.js';
import type { RefusalCount } from './refusal-counts.js';
import { SqlParams } from './sql-params.js';

export interface RefusalQuery {
  /** Null: all tenants. */
  tenantId: string | null;
  keyId: string | null;
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  interval: 'minute' | 'hour' | 'day';
  /** IANA name; hours and days begin there. */
  timeZone: string;
}

export interface RefusalRow {
  startMs: number;
  tenantId: string;
  keyId: string;
  metric: LimitMetric;
  refusals: number;
}

/** As many as a usage report may have. */
const MAX_REPORT_ROWS = 100_000;

/** A process writes its own counts only, whole: the same batch written again changes nothing. */
const UPSERT = `INSERT INTO usage_refusals AS kept (minute, tenant_id, key_id, metric, process_id, refusals)
  SELECT to_timestamp("minuteMs" / 1000), "tenantId", "keyId", metric, $2, refusals
  FROM jsonb_to_recordset($1::jsonb)
    AS one("minuteMs" bigint, "tenantId" uuid, "keyId" uuid, metric text, refusals bigint)
  ON CONFLICT (tenant_id, minute, key_id, metric, process_id)
  DO UPDATE SET refusals = greatest(kept.refusals, excluded.refusals)`;

/** What rate and concurrency limits refused, by key and minute, of all processes. */
@Injectable()
export class RefusalRepository {
  constructor(@Inject(SQL_CLIENT) private readonly sql: SqlClient) {}

  /** @throws when PostgreSQL is down; whether it was written is unknown then, and repeating it is harmless. */
  async write(processId: string, counts: readonly RefusalCount[]): Promise<void> {
    if (counts.length > 0) await this.sql.query(UPSERT, [JSON.stringify(counts), processId]);
  }

  /**
   * Sums of the minutes that begin in the range, in ascending order.
   * @throws GatewayError('invalid_request') for more than MAX_REPORT_ROWS.
   */
  async queryRefusals(query: RefusalQuery): Promise<RefusalRow[]> {
    const params = new SqlParams();
    const conditions = [
      `minute >= ${params.addTime(query.fromMs)}`,
      `minute < ${params.addTime(query.toMs)}`,
    ];
    if (query.tenantId !== null) conditions.push(`tenant_id = ${params.add(query.tenantId)}`);
    if (query.keyId !== null) conditions.push(`key_id = ${params.add(query.keyId)}`);
    const start = `date_trunc(${params.add(query.interval)}, minute, ${params.add(query.timeZone)})`;
    const rows = await this.sql.query<Record<'startMs' | 'refusals', string> & Omit<RefusalRow, 'startMs'>>(
      `SELECT (extract(epoch FROM ${start}) * 1000)::bigint AS "startMs", tenant_id AS "tenantId", key_id AS "keyId",
         metric, sum(refusals)::bigint AS refusals
       FROM usage_refusals WHERE ${conditions.join(' AND ')}
       GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4 LIMIT ${MAX_REPORT_ROWS + 1}`,
      params.values,
    );
    if (rows.length > MAX_REPORT_ROWS) {
      const publicMessage = `The report has more than ${MAX_REPORT_ROWS} rows; narrow the range, the interval or the filters.`;
      throw new GatewayError('invalid_request', { publicMessage });
    }
    return rows.map((row) => ({ ...row, startMs: Number(row.startMs), refusals: Number(row.refusals) }));
  }
}
