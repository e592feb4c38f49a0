import pg from 'pg';
import { configureOne } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { TestGateway } from '../support/gateway.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startOpenAiUpstream();
});
afterAll(() => upstream.close());

const readReadiness = async (gateway: TestGateway) => {
  const response = await fetch(`${gateway.url}/health/ready`);
  return {
    status: response.status,
    body: (await response.json()) as { status: string; details: Record<string, unknown> },
  };
};

describe('PostgreSQL goes away', () => {
  it('serves known keys, refuses cold ones with 503, keeps every ledger row, and recovers by itself', async () => {
    const database = await createTestDatabase();
    const proxy = await TcpProxy.start(database.url, 5_432);
    const config = configureOne('openai', upstream, { keys: [{ name: 'main' }, { name: 'cold' }] });
    const clock = new MovableClock();
    const gateway = await TestGateway.start({
      config,
      clock,
      database: { url: proxy.rewrite(database.url), drop: () => Promise.resolve() },
    });
    expect((await gateway.chat({})).status).toBe(200);

    proxy.cut();
    for (let count = 0; count < 5; count += 1) expect((await gateway.chat({})).status).toBe(200);
    const cold = await gateway.chat({}, { authorization: `Bearer ${gateway.key('cold')}` });
    expect([cold.status, cold.json.error.code]).toEqual([503, 'key_lookup_unavailable']);
    const admin = await gateway.admin('/tenants');
    expect([admin.status, admin.json.code]).toEqual([503, 'database_unavailable']);
    const degraded = await eventually(async () => {
      const ready = await readReadiness(gateway);
      return ready.body.status === 'degraded' ? ready : null;
    });
    expect(degraded.status).toBe(200);
    clock.advance(3_600_000);
    const old = await readReadiness(gateway);
    expect([old.status, old.body.status]).toEqual([503, 'error']);
    expect(old.body.details).toMatchObject({ configuration: { reason: 'older than an hour' } });

    proxy.restore();
    const rows = await eventually(async () => {
      const found = await gateway.query('SELECT id FROM usage_ledger').catch(() => []);
      return found.length === 6 ? found : null;
    }, 20_000);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(6);
    expect((await gateway.chat({}, { authorization: `Bearer ${gateway.key('cold')}` })).status).toBe(200);
    await eventually(async () => ((await readReadiness(gateway)).body.status === 'ok' ? true : null));
    await gateway.stop();
    await proxy.stop();
    await database.drop();
  }, 60_000);
});

describe('PostgreSQL is frozen', () => {
  it.each([
    ['thaws', 'restore'],
    ['is frozen on old connections only', 'strand'],
  ] as const)(
    'serves known keys, refuses cold ones in bounded time, and applies a revocation soon after it %s',
    async (_case, ending) => {
      const database = await createTestDatabase();
      const proxy = await TcpProxy.start(database.url, 5_432);
      const config = configureOne('openai', upstream, {
        keys: [{ name: 'main' }, { name: 'revoked' }, { name: 'cold' }],
      });
      const gateway = await TestGateway.start({
        config,
        // The lock of a single process is not what this is about.
        redisUrl: process.env['TEST_REDIS_URL'] ?? '',
        database: { url: proxy.rewrite(database.url), drop: () => Promise.resolve() },
      });
      const as = (name: string) => ({ authorization: `Bearer ${gateway.key(name)}` });
      expect((await gateway.chat({})).status).toBe(200);
      expect((await gateway.chat({}, as('revoked'))).status).toBe(200);

      proxy.freeze();
      // More at once than any pool has connections, and again once these are used up.
      for (let round = 0; round < 3; round += 1) {
        const startedMs = performance.now();
        const colds = await Promise.all(Array.from({ length: 12 }, () => gateway.chat({}, as('cold'))));
        expect(new Set(colds.map(({ status, json }) => `${status} ${json.error.code}`))).toEqual(
          new Set(['503 key_lookup_unavailable']),
        );
        expect(performance.now() - startedMs).toBeLessThan(2_500);
        expect((await gateway.chat({})).status).toBe(200);
      }
      const ready = await eventually(async () => {
        const answer = await readReadiness(gateway);
        return answer.body.status === 'degraded' ? answer : null;
      });
      expect(ready.status).toBe(200);
      const direct = new pg.Client({ connectionString: database.url });
      await direct.connect();
      await direct.query("UPDATE api_keys SET status = 'revoked' WHERE name = 'revoked'");
      await direct.end();
      expect((await gateway.chat({}, as('revoked'))).status).toBe(200);

      proxy[ending]();
      // The refresh that runs ends after two seconds, and the next begins within half a second.
      await eventually(
        async () => ((await gateway.chat({}, as('revoked'))).status === 401 ? true : null),
        3_500,
      );
      expect((await gateway.chat({}, as('cold'))).status).toBe(200);
      expect((await gateway.admin('/tenants')).status).toBe(200);
      await gateway.stop();
      await proxy.stop();
      await database.drop();
    },
    60_000,
  );
});

describe('A table is locked by somebody else', () => {
  it('keeps neither requests nor the end of the process waiting', async () => {
    const gateway = await TestGateway.start({ config: configureOne('openai', upstream) });
    expect((await gateway.chat({})).status).toBe(200);
    const holder = new pg.Client({ connectionString: gateway.database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE usage_ledger IN ACCESS EXCLUSIVE MODE');
    expect((await gateway.chat({})).status).toBe(200);
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'usage_ledger'::regclass`;
    await eventually(async () => ((await holder.query(waiting)).rowCount ?? 0) || null);
    const startedMs = performance.now();
    // The test's database is dropped by it, which ends the holder.
    holder.on('error', () => undefined);
    await gateway.stop();
    // The ledger's five seconds and the pool's two; a statement may take sixty.
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    await holder.end().catch(() => undefined);
  }, 60_000);
});

describe.each(['cut', 'frozen'] as const)('Redis is %s', (fault) => {
  it('limits per process or refuses, as the tenant chose, and recovers by itself', async () => {
    const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
    const proxy = await TcpProxy.start(redisUrl, 6_379);
    const gateway = await TestGateway.start({
      redisUrl: proxy.rewrite(redisUrl),
      env: { REDIS_TIMEOUT_MS: '50' },
      config: {
        ...configureOne('openai', upstream),
        tenants: [
          {
            name: 'local',
            keys: [{ name: 'main' }],
            rateLimits: [{ metric: 'requests', limit: 4, windowSeconds: 3_600 }],
          },
          {
            name: 'closed',
            quotaFallback: 'closed',
            keys: [{ name: 'closed' }],
            rateLimits: [{ metric: 'requests', limit: 100, windowSeconds: 60 }],
          },
          { name: 'free', keys: [{ name: 'free' }] },
        ],
      },
    });
    const asClosed = { authorization: `Bearer ${gateway.key('closed')}` };
    const asFree = { authorization: `Bearer ${gateway.key('free')}` };
    expect((await gateway.chat({}, asClosed)).status).toBe(200);

    if (fault === 'cut') proxy.cut();
    else proxy.freeze();
    const startedMs = performance.now();
    const refused = await gateway.chat({}, asClosed);
    expect([refused.status, refused.json.error.code]).toEqual([503, 'quota_unavailable']);
    expect((await gateway.chat({ temperature: 0 }, asFree)).status).toBe(200);
    const statuses = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await gateway.chat({})).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    // Nobody waited longer than the deadline; after a few failures nobody waits at all.
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect((await readReadiness(gateway)).body.status).toBe('degraded');

    proxy.restore();
    await eventually(async () => ((await gateway.chat({}, asClosed)).status === 200 ? true : null));
    await eventually(async () => ((await readReadiness(gateway)).body.status === 'ok' ? true : null));
    await gateway.stop();
    await proxy.stop();
  }, 60_000);
});
