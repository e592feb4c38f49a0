import { hash } from 'node:crypto';
import type { Pool } from 'pg';
import { SystemClock } from '../common/clock.port.js';
import { describeTenant } from '../config/declarative/declarative.spec-support.js';
import { PgSqlClient } from '../storage/database/pg-sql-client.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ConfigSnapshotRepository } from './config-snapshot.repository.js';
import { ConfigStore } from './config-store.js';
import { DeclarativeDatabase } from './declarative/apply.spec-support.js';
import { KeyDirectory } from './key-directory.js';
import { KEPT_CHANGES, pruneChangeFeed } from './prune-change-feed.js';

const KEY_HASH = hash('sha256', 'ci', 'hex');
const TIMEOUTS = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };

let database: DeclarativeDatabase;

beforeEach(async () => {
  database = await DeclarativeDatabase.open();
});

afterEach(() => database.close());

const query = <Row>(sql: string, params: unknown[] = []): Promise<Row[]> =>
  database.dataSource.query<Row[]>(sql, params);

describe('pruning the change feed', () => {
  const prune = () =>
    pruneChangeFeed(new PgSqlClient((database.dataSource.driver as unknown as { master: Pool }).master));

  /** Versions from 2 on, two rows each, `age` days old. */
  async function fill(versions: number, age: string): Promise<void> {
    await query('TRUNCATE config_changes');
    await query(
      `INSERT INTO config_changes (version, kind, entity_id, changed_at)
       SELECT version, 'key', part::text, now() - (${age}) * interval '1 day'
       FROM generate_series(2, $1::int + 1) AS version, generate_series(1, 2) AS part`,
      [versions],
    );
    await query('UPDATE config_state SET version = $1::int + 1', [versions]);
  }

  async function listKept(): Promise<[first: number, last: number, rows: number]> {
    const [kept] = await query<{ first: string; last: string; rows: string }>(
      'SELECT min(version) AS first, max(version) AS last, count(*) AS rows FROM config_changes',
    );
    return [Number(kept?.first), Number(kept?.last), Number(kept?.rows)];
  }

  it('keeps the newest 10,000 changes, however old they are', async () => {
    await fill(8_000, '100');
    await prune();
    expect(await listKept()).toEqual([3_002, 8_001, KEPT_CHANGES]);
    await prune();
    expect(await listKept()).toEqual([3_002, 8_001, KEPT_CHANGES]);
  });

  it('keeps fewer than 10,000, however old they are', async () => {
    await fill(4_999, '100');
    await prune();
    expect(await listKept()).toEqual([2, 5_000, 9_998]);
  });

  it('keeps all of the last seven days, however many there are', async () => {
    await fill(8_000, 'CASE WHEN version < 1000 THEN 8 ELSE 6 END');
    await prune();
    expect(await listKept()).toEqual([1_000, 8_001, 2 * 7_002]);
  });

  it('leaves no hole where a transaction that began early committed late', async () => {
    await fill(8_000, 'CASE WHEN version = 1000 THEN 6 ELSE 8 END');
    await prune();
    expect(await listKept()).toEqual([1_000, 8_001, 2 * 7_002]);
  });
});

describe('a process that was away', () => {
  let keys: KeyDirectory;
  let store: ConfigStore;

  beforeEach(async () => {
    await database.apply(describeTenant({ keys: [{ name: 'ci', key: { sha256: KEY_HASH } }] }));
    const clock = new SystemClock();
    keys = new KeyDirectory(new ApiKeyRepository(database.dataSource), clock);
    const snapshots = new ConfigSnapshotRepository(database.dataSource, database.secretBox, TIMEOUTS);
    store = new ConfigStore(snapshots, keys, clock);
    await store.load();
    await keys.lookUp(KEY_HASH, '127.0.0.1');
  });

  const findStatus = () => [...store.current().tenants.values()][0]?.status;
  const suspend = () => query(`UPDATE tenants SET status = 'suspended'`);
  const revoke = () => query(`UPDATE api_keys SET status = 'revoked'`);

  it('knows a key by heart until a change of it arrives', async () => {
    expect(keys.findCached(KEY_HASH)?.status).toBe('active');
    await revoke();
    await store.refresh();
    expect(keys.findCached(KEY_HASH)?.status).toBe('revoked');
  });

  it.each([
    ['all of the changes that it missed', 'TRUNCATE config_changes'],
    ['the older of them', 'DELETE FROM config_changes WHERE version < (SELECT version FROM config_state)'],
    [
      'one in the middle',
      'DELETE FROM config_changes WHERE version = (SELECT version - 1 FROM config_state)',
    ],
  ])('reads everything anew when the feed has lost %s', async (_, lose) => {
    await query('UPDATE tenants SET quota_fallback = quota_fallback');
    await suspend();
    await revoke();
    await query(`UPDATE tenants SET cache_mode = 'off'`);
    await query(lose);
    await store.refresh();
    expect(findStatus()).toBe('suspended');
    expect(keys.findCached(KEY_HASH)).toBeUndefined();
    expect((await keys.lookUp(KEY_HASH, '127.0.0.1'))?.status).toBe('revoked');
    expect(store.current().version).toBe(await database.version());
  });

  it('goes on with the feed after that', async () => {
    await suspend();
    await query('TRUNCATE config_changes');
    await store.refresh();
    await keys.lookUp(KEY_HASH, '127.0.0.1');
    const [snapshot] = [store.current()];
    await revoke();
    await store.refresh();
    expect(keys.findCached(KEY_HASH)?.status).toBe('revoked');
    expect(store.current()).toBe(snapshot);
  });

  it('reads everything anew when the database was restored to an older version', async () => {
    await suspend();
    await store.refresh();
    await query(`UPDATE tenants SET status = 'active'`);
    await query('TRUNCATE config_changes');
    await query('UPDATE config_state SET version = 2');
    await store.refresh();
    expect(findStatus()).toBe('active');
  });
});
