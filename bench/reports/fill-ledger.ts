import pg from 'pg';
import type { GatewayModules } from './gateway-modules.ts';
import { DAY_MS, DAYS, START_MS } from './period.ts';

/**
 * Skewed as traffic is: few tenants, keys, models and users make most of the requests. 20 tenants, 200 keys, 8 models of 4
 * providers, 5,000 users, three tags of which two are on every request; around the clock, so that every bucket is filled.
 */
const INSERT_ROWS = `
INSERT INTO usage_ledger (started_at, id, tenant_id, key_id, provider_id, deployment_id, duration_us, cost_nano_usd,
  input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, status, attempts, streamed,
  cost_estimated, dialect, cache, count_source, error_code, model, upstream_model, end_user, tags)
SELECT to_timestamp(at_ms / 1000), gen_random_uuid(), pick_uuid('tenant', tenant), pick_uuid('key', tenant * 10 + key),
  pick_uuid('provider', model % 4), pick_uuid('deployment', model), 1000 + (chance * 5000000)::bigint,
  CASE WHEN chance < 0.98 THEN (chance * 40000000)::bigint END, (chance * 4000)::bigint, (chance * 800)::bigint,
  (chance * 500)::bigint, 0, NULL, status, 1, chance < 0.5, false, 'openai-chat',
  CASE WHEN chance < 0.1 THEN 'hit' ELSE 'miss' END, 'provider', CASE WHEN status >= 400 THEN 'upstream_error' END,
  'model-' || model, 'upstream-model-' || model, CASE WHEN chance < 0.9 THEN 'user-' || tenant || '-' || account END,
  jsonb_build_object('team', 'team-' || key, 'env', CASE WHEN chance < 0.8 THEN 'production' ELSE 'staging' END)
    || CASE WHEN chance < 0.3 THEN jsonb_build_object('app', 'app-' || account % 30) ELSE '{}' END
FROM (
  SELECT $2::float8 + $3::float8 * n / $1::int AS at_ms, floor(20 * random() ^ 2)::int AS tenant,
    floor(10 * random() ^ 2)::int AS key, floor(8 * random() ^ 2)::int AS model,
    floor(250 * random() ^ 2)::int AS account, random() AS chance,
    (ARRAY[200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 201, 400, 429, 429, 499, 500, 502])
      [1 + floor(19 * random())::int] AS status
  FROM generate_series(0, $1::int - 1) AS n OFFSET 0
) AS generated`;

const PICK_UUID = `
CREATE FUNCTION pg_temp.pick_uuid(kind text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN md5(kind || number)::uuid`;

/** A migrated database with `rows` ledger rows spread over the period, and the roll-ups that belong to them. */
export async function fillLedger(modules: GatewayModules, databaseUrl: string, rows: number): Promise<void> {
  const source = modules.dataSource.createDataSource({ databaseUrl, poolSize: 2 });
  await source.initialize();
  await source.runMigrations();
  await source.destroy();
  await makePartitions(modules, databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(PICK_UUID);
    await client.query('SELECT setseed(0.5)');
    await client.query(INSERT_ROWS.replaceAll('pick_uuid(', 'pg_temp.pick_uuid('), [
      rows,
      START_MS,
      DAYS * DAY_MS,
    ]);
    for (const rollup of modules.rollups.USAGE_ROLLUPS)
      await client.query(modules.rollups.buildRollupInsert(rollup, 'usage_ledger'));
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

/** As the gateway makes them while time goes on. */
async function makePartitions({ partitions, sqlClient }: GatewayModules, databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  for (const day of [0, DAYS / 2, DAYS]) {
    const clock = { nowMs: () => START_MS + day * DAY_MS, monotonicMs: () => 0 };
    const options = { usageDays: 400, tracesDays: 14 };
    await new partitions.PartitionMaintenance(options, new sqlClient.PgSqlClient(pool), clock).run();
  }
  await pool.end();
}
