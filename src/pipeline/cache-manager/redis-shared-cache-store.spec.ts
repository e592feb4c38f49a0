import { createId, type TenantId } from '../../common/ids.js';
import type { RedisConnection } from '../../storage/redis/redis-client.js';
import { connectRedis } from '../rate-limiter/testing/connect-redis.js';
import { eventually } from '../rate-limiter/testing/eventually.js';
import { RedisSharedCacheStore } from './redis-shared-cache-store.js';

let redis: RedisConnection;
beforeAll(async () => {
  redis = await connectRedis();
});
afterAll(() => redis.close());

describe('RedisSharedCacheStore', () => {
  it("keeps bytes under the tenant's hash tag, for as long as it is told", async () => {
    const store = new RedisSharedCacheStore(redis);
    const tenantId = createId<TenantId>();
    const key = store.buildKey(tenantId, 'abc');
    expect(key).toBe(`tokenpak:{${tenantId}}:cache:abc`);
    const other = store.buildKey(tenantId, 'def');
    store.write(tenantId, key, Buffer.from([0, 128, 255]), 60);
    store.write(tenantId, other, Buffer.from('b'), 5);
    const stored = await eventually(() => redis.commands.getBuffer(key));
    expect([...stored]).toEqual([0, 128, 255]);
    expect(await redis.commands.get(other)).toBe('b');
    expect(await redis.commands.pttl(key)).toBeGreaterThan(50_000);
    expect(await redis.commands.pttl(other)).toBeLessThanOrEqual(5_000);
    expect(store.failedWrites).toBe(0);
  });

  it('drops and counts writes while Redis is gone or behind', async () => {
    const closed = await connectRedis();
    await closed.close();
    await eventually(() => (closed.commands.status === 'end' ? true : null));
    const gone = new RedisSharedCacheStore(closed);
    const tenantId = createId<TenantId>();
    gone.write(tenantId, gone.buildKey(tenantId, 'x'), Buffer.alloc(1), 60);
    const behind = new RedisSharedCacheStore(redis);
    const key = behind.buildKey(tenantId, 'x');
    for (let index = 0; index < 100; index += 1) behind.write(tenantId, key, Buffer.alloc(1), 60);
    expect([gone.failedWrites, behind.failedWrites]).toEqual([1, 36]);
    await eventually(() => redis.commands.getBuffer(key));
    behind.write(tenantId, behind.buildKey(tenantId, 'y'), Buffer.from('later'), 60);
    await eventually(() => redis.commands.getBuffer(behind.buildKey(tenantId, 'y')));
    expect(behind.failedWrites).toBe(36);
  });
});
