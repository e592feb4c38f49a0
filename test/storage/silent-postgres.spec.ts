import { createDataSource, createLookupDataSource } from '../../src/storage/database/data-source.ts';
import { ImpatientClient } from '../../src/storage/database/impatient-client.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
let proxy: TcpProxy;
beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await TcpProxy.start(database.url, 5_432);
});
afterEach(async () => {
  await proxy.stop();
  await database.drop();
});

async function connect(silenceMs: number, peers = new Set<ImpatientClient>()): Promise<ImpatientClient> {
  const client = new ImpatientClient({ connectionString: proxy.rewrite(database.url) }, { silenceMs, peers });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const measure = async (work: Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  await work;
  return performance.now() - startedMs;
};

describe('A connection to a PostgreSQL that says nothing', () => {
  it('fails its statement when no byte came for as long as it is patient, as a database that is down', async () => {
    const client = await connect(300);
    proxy.freeze();
    const waitedMs = await measure(
      expect(client.query('SELECT 1')).rejects.toMatchObject({ code: 'ETIMEDOUT' }),
    );
    expect(waitedMs).toBeLessThan(2_000);
    await expect(client.query('SELECT 1')).rejects.toThrow();
  });

  it('is patient with a long answer that keeps coming, and with a connection that nobody uses', async () => {
    const client = await connect(500);
    const { rows } = await client.query<{ text: string }>(
      `SELECT pg_sleep(0.1), repeat('x', 20000) AS text FROM generate_series(1, 12)`,
    );
    expect(rows).toHaveLength(12);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await client.query('SELECT 1')).rows).toHaveLength(1);
    await client.end();
  });

  it('takes idle peers along and leaves those in a transaction alone', async () => {
    const peers = new Set<ImpatientClient>();
    const [silent, idle, busy] = [
      await connect(300, peers),
      await connect(60_000, peers),
      await connect(60_000, peers),
    ];
    await idle.query('SELECT 1');
    await busy.query('BEGIN');
    await expect(silent.query('SELECT pg_sleep(1)')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect(idle.query('SELECT 1')).rejects.toThrow();
    expect((await busy.query('SELECT 1')).rows).toHaveLength(1);
    await busy.end();
    expect(peers.size).toBe(0);
  });

  it('gives statements that wait five seconds more, however patient, once a peer was found dead', async () => {
    const peers = new Set<ImpatientClient>();
    const [silent, long] = [await connect(300, peers), await connect(60_000, peers)];
    proxy.freeze();
    const report = expect(long.query('SELECT 1')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect(silent.query('SELECT 1')).rejects.toThrow();
    const waitedMs = await measure(report);
    expect(waitedMs).toBeGreaterThan(4_000);
    expect(waitedMs).toBeLessThan(8_000);
  });

  it('ends although its goodbye is not answered', async () => {
    const client = await connect(60_000);
    await client.query('SELECT 1');
    proxy.freeze();
    expect(await measure(client.end())).toBeLessThan(3_000);
  });
});

describe('The pools', () => {
  it('let a report take longer than a look-up may, and use a new connection after a silent one', async () => {
    const url = proxy.rewrite(database.url);
    const peers = new Set<ImpatientClient>();
    const reports = await createDataSource({ databaseUrl: url, poolSize: 2, peers }).initialize();
    const lookups = await createLookupDataSource({ databaseUrl: url, peers }).initialize();
    const sleep = 'SELECT pg_sleep(3)';
    expect(await reports.query(sleep)).toHaveLength(1);
    await expect(lookups.query(sleep)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await Promise.all([1, 2, 3, 4].map(() => lookups.query('SELECT 1')));
    proxy.freeze();
    await expect(lookups.query('SELECT 1')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    proxy.strand();
    expect(await measure(lookups.query('SELECT 1'))).toBeLessThan(1_000);
    await lookups.destroy();
    await reports.destroy();
  });
});
