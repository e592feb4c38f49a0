import { createId, type KeyId } from '../../common/ids.js';
import { insertUsage } from './insert-usage.js';
import { createTestDatabase, createUsageEvent, type TestDatabase } from './ledger.spec-support.js';
import { encodeUsageEvent } from './usage-record.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

async function createKey(): Promise<KeyId> {
  const [tenantId, keyId] = [createId(), createId<KeyId>()];
  await database.pool.query('INSERT INTO tenants (id, revision, name) VALUES ($1, 1, $2)', [
    tenantId,
    tenantId,
  ]);
  const columns = 'id, revision, tenant_id, name, prefix, hash';
  await database.pool.query(`INSERT INTO api_keys (${columns}) VALUES ($1, 1, $2, 'k', 'tpk_', $3)`, [
    keyId,
    tenantId,
    keyId,
  ]);
  return keyId;
}

async function use(keyId: KeyId, timesMs: readonly number[]): Promise<string[]> {
  const payloads = timesMs.map((startedAtMs) => encodeUsageEvent(createUsageEvent({ keyId, startedAtMs })));
  await replay(payloads);
  return payloads;
}

async function replay(payloads: readonly string[]): Promise<void> {
  const rejected: unknown[] = [];
  await insertUsage(database.sql, payloads, (_, cause) => rejected.push(cause));
  expect(rejected).toEqual([]);
}

async function readLastUsedMs(keyId: KeyId): Promise<number | null> {
  const { rows } = await database.pool.query<{ at: Date }>(
    'SELECT last_used_at AS at FROM api_key_usage WHERE key_id = $1',
    [keyId],
  );
  return rows[0]?.at.getTime() ?? null;
}

describe('the last use of a key', () => {
  it('is its newest request, whatever order batches come in', async () => {
    const keyId = await createKey();
    expect(await readLastUsedMs(keyId)).toBeNull();
    await use(keyId, [2_000, 5_000, 3_000]);
    expect(await readLastUsedMs(keyId)).toBe(5_000);
    await use(keyId, [4_000]);
    expect(await readLastUsedMs(keyId)).toBe(5_000);
    await use(keyId, [6_000]);
    expect(await readLastUsedMs(keyId)).toBe(6_000);
  });

  it('is not written again by a batch that is replayed', async () => {
    const keyId = await createKey();
    const payloads = await use(keyId, [5_000]);
    await database.pool.query('DELETE FROM api_key_usage WHERE key_id = $1', [keyId]);
    await replay(payloads);
    expect(await readLastUsedMs(keyId)).toBeNull();
  });

  it('does not keep rows of a deleted key out of the ledger', async () => {
    const keyId = await createKey();
    await database.pool.query('DELETE FROM api_keys WHERE id = $1', [keyId]);
    await use(keyId, [7_000]);
    expect(await readLastUsedMs(keyId)).toBeNull();
    const { rows } = await database.pool.query('SELECT id FROM usage_ledger WHERE key_id = $1', [keyId]);
    expect(rows).toHaveLength(1);
  });
});
