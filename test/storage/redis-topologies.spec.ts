import { randomBytes, randomUUID } from 'node:crypto';
import { openRedis, type RedisConnection } from '../../src/storage/redis/redis-client.ts';
import { waitForRedis } from '../../src/storage/redis/wait-for-redis.ts';
import { configureOne } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { hasRedisServer, startRedisCluster, startRedisSentinel } from '../support/redis-server.ts';
import type { RunningService } from '../support/test-services.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

/** Where the run uses a Redis of somebody else there is no binary to start these with. */
const describeWhereRedisIs = hasRedisServer() ? describe : describe.skip;

describeWhereRedisIs.each([
  ['cluster', startRedisCluster],
  ['Sentinel', startRedisSentinel],
])('two gateways on a Redis %s', (_name, startService) => {
  let redis: RunningService;
  let upstream: Upstream;
  let first: TestGateway;
  let second: TestGateway;
  let own: RedisConnection;

  beforeAll(async () => {
    [redis, upstream] = await Promise.all([startService(), startOpenAiUpstream()]);
    own = openRedis(redis.url);
    expect(await waitForRedis(own.commands, 10_000)).toBe(true);
    const config = {
      ...configureOne('openai', upstream),
      tenants: [
        { name: 'acme', keys: [{ name: 'main' }] },
        {
          name: 'limited',
          quotaFallback: 'closed',
          keys: [{ name: 'limited' }],
          rateLimits: [
            { metric: 'requests', limit: 4, windowSeconds: 3_600 },
            { metric: 'concurrency', limit: 10 },
          ],
          budgets: [{ amountUsd: '5', period: 'day', mode: 'hard' }],
        },
      ],
    };
    const shared = { redisUrl: redis.url, encryptionKey: randomBytes(32).toString('base64') };
    first = await TestGateway.start({ ...shared, config });
    second = await TestGateway.start({ ...shared, config: null, database: first.database });
  });
  afterAll(async () => {
    await second.stop();
    await first.stop();
    await own.close();
    await Promise.all([redis.stop(), upstream.close()]);
  });

  it('find it', async () => {
    for (const gateway of [first, second]) {
      const { json } = await gateway.send('/health/ready');
      expect(json).toMatchObject({ status: 'ok', details: { redis: { mode: expect.any(String) } } });
    }
  });

  it('count one limit together', async () => {
    const authorization = `Bearer ${first.key('limited')}`;
    const ask = (gateway: TestGateway): Promise<Answer> => gateway.chat({}, { authorization });
    const statuses: number[] = [];
    for (const gateway of [first, second, first, second, first, second]) {
      statuses.push((await ask(gateway)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  });

  it('answer from one cache', async () => {
    const body = { messages: [{ role: 'user', content: randomUUID() }], temperature: 0 };
    const authorization = `Bearer ${first.key()}`;
    const miss = await first.chat(body);
    expect(miss.headers.get('x-tokenpak-cache')).toBe('miss');
    // Stored after the answer; a request that finds nothing would store it in its own memory, and hit that.
    const hit = await eventually(async () => {
      const keys = await own.commands.keys('tokenpak:*:cache:*');
      return keys.length > 0 ? second.chat(body, { authorization }) : null;
    });
    expect(hit.headers.get('x-tokenpak-cache')).toBe('hit');
    expect(hit.text).toBe(miss.text);
  });

  it('are refused without the right password', async () => {
    const connections: RedisConnection[] = [];
    try {
      for (const secret of ['master-secret', 'sentinel-secret', 'cluster-secret']) {
        if (!redis.url.includes(secret)) continue;
        const connection = openRedis(redis.url.replace(secret, 'wrong'));
        connections.push(connection);
        expect(await waitForRedis(connection.commands, 700)).toBe(false);
      }
      expect(connections).not.toHaveLength(0);
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
    }
  });
});
