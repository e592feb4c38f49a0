import pg from 'pg';

export interface SeedSize {
  tenants: number;
  keysPerTenant: number;
  policies: number;
}

/** Fills a migrated database with tenants that nobody uses, each with keys, some with a policy of their own. */
export async function seedTenants(
  databaseUrl: string,
  { tenants, keysPerTenant, policies }: SeedSize,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO tenants (id, revision, name) SELECT gen_random_uuid(), 1, 'tenant ' || n FROM generate_series(1, $1::int) AS n`,
      [tenants],
    );
    await client.query(
      `INSERT INTO api_keys (id, revision, tenant_id, name, prefix, hash)
       SELECT gen_random_uuid(), 1, t.id, 'key ' || n, 'tpk_seeded', md5(t.id::text || n) || md5(n || t.id::text)
       FROM tenants t, generate_series(1, $1::int) AS n WHERE t.name LIKE 'tenant %'`,
      [keysPerTenant],
    );
    await client.query(
      `INSERT INTO policies (id, revision, owner, name, detectors)
       SELECT gen_random_uuid(), 1, id::text, 'p', '[{"type":"email","id":"mail","severity":"low"},{"type":"keyword","id":"word","severity":"high","keywords":["alpha","beta","gamma"]}]'
       FROM tenants WHERE name LIKE 'tenant %' LIMIT $1`,
      [policies],
    );
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}
