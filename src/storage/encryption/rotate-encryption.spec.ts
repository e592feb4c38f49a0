import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { createId } from '../../common/ids.js';
import { createDataSource, runMigrations } from '../database/data-source.js';
import { ProviderEntity } from '../database/entities/provider.entity.js';
import { checkEncryptionCanary } from './check-canary.js';
import { rotateEncryption } from './rotate-encryption.js';
import { SecretBox } from './secret-box.js';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const old = new SecretBox([oldKey]);
const both = new SecretBox([newKey, oldKey]);
const fresh = new SecretBox([newKey]);

let database: TestDatabase;
let dataSource: DataSource;

beforeEach(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ databaseUrl: database.url, poolSize: 4 }).initialize();
  await runMigrations(dataSource);
  await checkEncryptionCanary(dataSource, old);
});

afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

const place = (row: string) => ({ table: 'providers', row, column: 'api_key_sealed' });

async function addProvider(name: string, sealWith: SecretBox | null): Promise<string> {
  const id = createId();
  await dataSource.getRepository(ProviderEntity).insert({
    id,
    owner: 'platform',
    name,
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:1/v1',
    apiKeySealed: sealWith?.seal(`secret of ${name}`, place(id)) ?? null,
  });
  return id;
}

async function addRecord(): Promise<string> {
  const id = randomBytes(32).toString('hex');
  const sealed = old.seal('tpk_shown', { table: 'idempotency_records', row: id, column: 'secret_sealed' });
  await dataSource.query(
    'INSERT INTO idempotency_records (id, body_hash, created_at, secret_sealed) VALUES ($1, $1, now(), $2)',
    [id, sealed],
  );
  return id;
}

const read = (id: string) => dataSource.getRepository(ProviderEntity).findOneByOrFail({ id });

it('makes the old key superfluous for everything that is sealed, in batches smaller than the tables', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 7; index += 1) ids.push(await addProvider(`p${index}`, old));
  await addProvider('open', null);
  const record = await addRecord();
  const result = await rotateEncryption(dataSource, both, 3);
  expect(result).toEqual({
    resealed: { providers: 7, idempotency_records: 1, instance_settings: 1 },
    unopened: [],
    remaining: 0,
  });
  for (const [index, id] of ids.entries()) {
    const { apiKeySealed } = await read(id);
    expect(fresh.open(apiKeySealed ?? '', place(id))).toBe(`secret of p${index}`);
  }
  const [row] = await dataSource.query<{ secret_sealed: string }[]>(
    'SELECT secret_sealed FROM idempotency_records',
  );
  const recordPlace = { table: 'idempotency_records', row: record, column: 'secret_sealed' };
  expect(fresh.open(row?.secret_sealed ?? '', recordPlace)).toBe('tpk_shown');
  await checkEncryptionCanary(dataSource, fresh);
});

it('leaves revisions, which are ETags, and times of change as they are, and tells gateways to read again', async () => {
  const id = await addProvider('p', old);
  const before = await read(id);
  const [{ version } = { version: '' }] = await dataSource.query<{ version: string }[]>(
    'SELECT version FROM config_state',
  );
  await rotateEncryption(dataSource, both);
  const after = await read(id);
  expect([after.revision, after.updatedAt]).toEqual([before.revision, before.updatedAt]);
  const changes = await dataSource.query<{ kind: string; entity_id: string }[]>(
    'SELECT kind, entity_id FROM config_changes WHERE version > $1',
    [version],
  );
  expect(changes).toEqual([{ kind: 'provider', entity_id: id }]);
});

it('touches nothing when it runs again', async () => {
  await addProvider('p', old);
  await rotateEncryption(dataSource, both);
  const dump = () => dataSource.query('SELECT api_key_sealed, revision, xmin::text FROM providers');
  const before: unknown = await dump();
  expect((await rotateEncryption(dataSource, both)).resealed).toEqual({
    providers: 0,
    idempotency_records: 0,
    instance_settings: 0,
  });
  expect(await dump()).toEqual(before);
});

it('lets a concurrent change of a credential win', async () => {
  const id = await addProvider('p', old);
  const writer = dataSource.createQueryRunner();
  await writer.startTransaction();
  const changed = fresh.seal('changed meanwhile', place(id));
  await writer.query('UPDATE providers SET api_key_sealed = $1 WHERE id = $2', [changed, id]);
  // The rotation reads the old value and then waits for the row.
  const rotation = rotateEncryption(dataSource, both);
  await untilSomebodyWaits();
  await writer.commitTransaction();
  await writer.release();
  expect((await rotation).resealed.providers).toBe(0);
  expect((await read(id)).apiKeySealed).toBe(changed);
});

it('keeps every credential right while a writer changes them all the time', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 30; index += 1) ids.push(await addProvider(`p${index}`, old));
  const expected = new Map<string, string>();
  const write = async (): Promise<void> => {
    for (const [round, id] of [...ids, ...ids].entries()) {
      const text = `written ${round}`;
      await dataSource.query('UPDATE providers SET api_key_sealed = $1 WHERE id = $2', [
        both.seal(text, place(id)),
        id,
      ]);
      expected.set(id, text);
    }
  };
  await Promise.all([rotateEncryption(dataSource, both, 4), write()]);
  expect((await rotateEncryption(dataSource, both)).remaining).toBe(0);
  for (const id of ids)
    expect(fresh.open((await read(id)).apiKeySealed ?? '', place(id))).toBe(expected.get(id));
});

it('names what no key opens, goes on with the rest, and counts it as remaining', async () => {
  const lost = await addProvider('lost', new SecretBox([randomBytes(32)]));
  await addProvider('p', old);
  const result = await rotateEncryption(dataSource, both, 1);
  expect(result).toMatchObject({ resealed: { providers: 1 }, unopened: [`providers/${lost}`], remaining: 1 });
});

async function untilSomebodyWaits(): Promise<void> {
  for (const endMs = performance.now() + 10_000; performance.now() < endMs;) {
    const [row] = await dataSource.query<{ waiting: string }[]>(
      `SELECT count(*) AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (Number(row?.waiting) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('Nobody waits');
}
