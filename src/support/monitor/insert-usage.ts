import { findSqlState, type SqlClient } from '../../storage/database/sql-client.port.js';

/**
 * One batch in one statement, hence one transaction: rows that are new go to the ledger, and only those are added to the
 * roll-ups, so a record inserted twice, by whomever, counts once. Positions are those of usage-record.ts.
 *
 * Writers never deadlock: each takes its ledger rows in key order, and only after all of them its roll-up rows in key order.
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
), rolled AS (
  INSERT INTO usage_rollup AS total (tenant_id, bucket, key_id, model, provider_id, status_class, requests, cache_hits,
    shared_hits, unpriced, unmetered, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    reasoning_tokens, cost_nano_usd, duration_us)
  SELECT tenant_id, date_bin('15 minutes', started_at, 'epoch'::timestamptz), key_id, model,
    coalesce(provider_id, '00000000-0000-0000-0000-000000000000'), status / 100, count(*),
    count(*) FILTER (WHERE cache = 'hit'), count(*) FILTER (WHERE cache = 'shared'),
    count(*) FILTER (WHERE cost_nano_usd IS NULL), count(*) FILTER (WHERE input_tokens IS NULL),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cache_read_tokens), 0),
    coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0), coalesce(sum(cost_nano_usd), 0),
    coalesce(sum(duration_us), 0)
  FROM inserted GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (tenant_id, bucket, key_id, model, provider_id, status_class) DO UPDATE SET
    requests = total.requests + excluded.requests,
    cache_hits = total.cache_hits + excluded.cache_hits,
    shared_hits = total.shared_hits + excluded.shared_hits,
    unpriced = total.unpriced + excluded.unpriced,
    unmetered = total.unmetered + excluded.unmetered,
    input_tokens = total.input_tokens + excluded.input_tokens,
    output_tokens = total.output_tokens + excluded.output_tokens,
    cache_read_tokens = total.cache_read_tokens + excluded.cache_read_tokens,
    cache_write_tokens = total.cache_write_tokens + excluded.cache_write_tokens,
    reasoning_tokens = total.reasoning_tokens + excluded.reasoning_tokens,
    cost_nano_usd = total.cost_nano_usd + excluded.cost_nano_usd,
    duration_us = total.duration_us + excluded.duration_us
)
SELECT count(*)::int AS count FROM inserted`;

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
    if (payloads.length === 1) return insertSingle(sql, payloads[0] ?? '', onRejected);
    const middle = payloads.length >> 1;
    const first = await insertUsage(sql, payloads.slice(0, middle), onRejected);
    return first + (await insertUsage(sql, payloads.slice(middle), onRejected));
  }
}

async function insertBatch(sql: SqlClient, payloads: readonly string[]): Promise<number> {
  const rows = await sql.query<{ count: number }>(INSERT_USAGE, [`[${payloads.join(',')}]`]);
  return rows[0]?.count ?? 0;
}

/** A second attempt before giving up: a row on its way to the default partition fails once when its partition is attached. */
async function insertSingle(sql: SqlClient, payload: string, onRejected: OnRejected): Promise<number> {
  try {
    return await insertBatch(sql, [payload]);
  } catch (error) {
    if (!isDataError(error)) throw error;
    onRejected(payload, error);
    return 0;
  }
}

/** Class 22: a value that does not fit its type. 23: one that breaks a constraint. 54: one beyond a limit of the server. */
function isDataError(error: unknown): boolean {
  return /^(22|23|54)/.test(findSqlState(error) ?? '');
}
