import { createHash } from 'node:crypto';
import pg from 'pg';
import { median } from '../statistics.ts';

/**
 * More keys that nobody uses, spread over the tenants of `seedTenants`. For a gateway that does not run: without triggers,
 * so that a million rows do not also stand in the change feed.
 */
export async function seedKeys(databaseUrl: string, count: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query('SET session_replication_role = replica');
    await client.query(
      `INSERT INTO api_keys (id, revision, tenant_id, name, prefix, hash)
       SELECT gen_random_uuid(), 1, t.id, 'more ' || n, 'tpk_seeded', md5(t.id::text || 'more' || n) || md5('more' || n || t.id::text)
       FROM (SELECT id FROM tenants WHERE name LIKE 'tenant %') t,
         generate_series(1, $1::int / (SELECT count(*)::int FROM tenants WHERE name LIKE 'tenant %')) AS n`,
      [count],
    );
    await client.query('ANALYZE api_keys');
  });
}

/** Keys that work, of the benchmark's own tenant. */
export async function insertKeys(databaseUrl: string, keys: readonly string[]): Promise<void> {
  const hashes = keys.map((key) => createHash('sha256').update(key).digest('hex'));
  await withClient(databaseUrl, async (client) => {
    await client.query(
      `INSERT INTO api_keys (id, revision, tenant_id, name, prefix, hash)
       SELECT gen_random_uuid(), 1, (SELECT id FROM tenants WHERE name = 'bench'), 'real ' || left(hash, 8), 'tpk_real', hash
       FROM unnest($1::text[]) AS hash`,
      [hashes],
    );
  });
}

export interface LookupPlans {
  rows: number;
  /** Names of the plans' first nodes, such as `Index Scan`. */
  nodes: string[];
  /** Medians of what PostgreSQL measured. */
  hitMs: number;
  missMs: number;
}

const LOOKUPS = 200;

/** How PostgreSQL finds keys by their hash, and how long that takes: stored ones, and others. */
export function explainLookups(databaseUrl: string): Promise<LookupPlans> {
  return withClient(databaseUrl, async (client) => {
    const stored = await client.query<{ hash: string }>(
      `SELECT hash FROM api_keys TABLESAMPLE BERNOULLI (0.1) LIMIT ${LOOKUPS}`,
    );
    const hits = await explainEach(
      client,
      stored.rows.map(({ hash }) => hash),
    );
    const misses = await explainEach(
      client,
      // The halves swapped: as random as a stored one.
      stored.rows.map(({ hash }) => hash.slice(32) + hash.slice(0, 32)),
    );
    const counted = await client.query<{ count: string }>('SELECT count(*) AS count FROM api_keys');
    return {
      rows: Number(counted.rows[0]?.count),
      nodes: [...new Set([...hits, ...misses].map(({ node }) => node))],
      hitMs: median(hits.map(({ ms }) => ms)),
      missMs: median(misses.map(({ ms }) => ms)),
    };
  });
}

interface Explained {
  Plan: { 'Node Type': string };
  'Execution Time': number;
}

async function explainEach(
  client: pg.Client,
  hashes: readonly string[],
): Promise<{ node: string; ms: number }[]> {
  const plans: { node: string; ms: number }[] = [];
  for (const hash of hashes) {
    const { rows } = await client.query<{ 'QUERY PLAN': Explained[] }>(
      'EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM api_keys WHERE hash = $1',
      [hash],
    );
    const [explained] = rows[0]?.['QUERY PLAN'] ?? [];
    plans.push({
      node: explained?.Plan['Node Type'] ?? 'none',
      ms: explained?.['Execution Time'] ?? Number.NaN,
    });
  }
  return plans;
}

async function withClient<Result>(
  databaseUrl: string,
  run: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}
