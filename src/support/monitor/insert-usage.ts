import { findConstraint, findSqlState, type SqlClient } from '../../storage/database/sql-client.port.js';
import { buildRollupInsert, USAGE_ROLLUPS } from './usage-rollups.js';

/**
 * One batch in one statement, hence one transaction: rows that are new go to the ledger, and only those are added to the
 * roll-ups and to the keys' last use, so a record inserted twice, by whomever, counts once. Positions are those of
 * usage-record.ts. A key that the ledger outlives is not written down as used.
 *
 * Writers never deadlock: each takes its ledger rows in key order, and only after all of them the rows of the other tables,
 * table by table in the same order, in key order.
 */
const INSERT_USAGE = `
WITH incoming AS MATERIALIZED (
  SELECT to_timestamp((r->>1)::float8 / 1000) AS started_at, (r->>2)::uuid AS id, (r->>3)::bigint AS duration_us,
    (r->>4)::uuid AS tenant_id, (r->>5)::uuid AS key_id, r->>6 AS end_user, r->7 AS tags, r->>8 AS dialect, r->>9 AS model,
    (r->>10)::uuid AS provider_id, (r->>11)::uuid AS deployment_id, r->>12 AS upstream_model, (r->>13)::smallint AS status,
    r->>14 AS error_code, (r->>15)::boolean AS streamed, r->>16 AS cache, (r->>17)::smallint AS attempts,
    (r->>18)::bigint AS input_tokens, (r->>19)::bigint AS output_tokens, (r->>20)::bigint AS cache_read_tokens,
    (r->>21)::bigint AS cache_write_tokens, (r->>22)::bigint AS reasoning_tokens, r->>23 AS count_source,
    (r->>24)::bigint AS cost_nano_usd, (r->>25)::boolean AS cost_estimated
  FROM jsonb_array_elements($1::jsonb) AS r
), inserted AS (
  INSERT INTO usage_ledger (started_at, id, tenant_id, key_id, provider_id, deployment_id, duration_us, cost_nano_usd,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, status, attempts, streamed,
    cost_estimated, dialect, cache, count_source, error_code, model, upstream_model, end_user, tags)
  SELECT started_at, id, tenant_id, key_id, provider_id, deployment_id, duration_us, cost_nano_usd,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, status, attempts, streamed,
    cost_estimated, dialect, cache, count_source, error_code, model, upstream_model, end_user, tags
  FROM incoming ORDER BY started_at, id
  ON CONFLICT DO NOTHING
  RETURNING *
), used AS (
  INSERT INTO api_key_usage AS known (key_id, last_used_at)
  SELECT key_id, max(started_at) FROM inserted
  WHERE EXISTS (SELECT FROM api_keys WHERE api_keys.id = inserted.key_id) GROUP BY key_id ORDER BY key_id
  ON CONFLICT (key_id) DO UPDATE SET last_used_at = excluded.last_used_at
  WHERE known.last_used_at < excluded.last_used_at
), ${USAGE_ROLLUPS.map((rollup) => `${rollup.table}_added AS (${buildRollupInsert(rollup, 'inserted')})`).join(', ')}
SELECT count(*)::int AS count FROM inserted`;

const CHECK_VIOLATION = '23514';
/** More than there are tables and months to be attached; beyond that it is something else. */
const MAX_PARTITION_RACES = 50;

/** Told of a record that PostgreSQL will never take, with the reason. */
export type OnRejected = (payload: string, cause: unknown) => void;

/**
 * Inserts encoded usage records; those already there are left alone.
 * A record whose values PostgreSQL refuses is singled out by halving and reported, so that it cannot hold up the others.
 * @returns how many were new. @throws when PostgreSQL is down or its schema is not ours; then all may be tried again.
 */
export async function insertUsage(
  sql: SqlClient,
  payloads: readonly string[],
  onRejected: OnRejected,
): Promise<number> {
  if (payloads.length === 0) return 0;
  try {
    return await insertBatch(sql, payloads);
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (payloads.length === 1) {
      onRejected(payloads[0] ?? '', error);
      return 0;
    }
    const middle = payloads.length >> 1;
    const first = await insertUsage(sql, payloads.slice(0, middle), onRejected);
    return first + (await insertUsage(sql, payloads.slice(middle), onRejected));
  }
}

async function insertBatch(sql: SqlClient, payloads: readonly string[]): Promise<number> {
  const values = [`[${payloads.join(',')}]`];
  for (let attempt = 1; ; attempt += 1) {
    try {
      const rows = await sql.query<{ count: number }>(INSERT_USAGE, values);
      return rows[0]?.count ?? 0;
    } catch (error) {
      if (!isPartitionRace(error) || attempt === MAX_PARTITION_RACES) throw error;
    }
  }
}

/** Class 22: a value that does not fit its type. 23: one that breaks a constraint. 54: one beyond a limit of the server. */
function isDataError(error: unknown): boolean {
  return /^(22|23|54)/.test(findSqlState(error) ?? '') && !isPartitionRace(error);
}

/**
 * A row on its way to a default partition fails when its own partition is attached meanwhile: to any of the ledger's and the
 * roll-ups' tables, one after the other. It has a place the next time, which need not wait. Only that violation names no
 * constraint.
 */
function isPartitionRace(error: unknown): boolean {
  return findSqlState(error) === CHECK_VIOLATION && findConstraint(error) === null;
}
