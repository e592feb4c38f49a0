import type { RedisConnection } from '../../storage/redis/redis-client.js';
import { startRedis } from '../../../test/support/redis-server.js';
import type { RunningService } from '../../../test/support/test-services.js';
import { LiveProcesses } from './live-processes.js';
import { connectRedis } from './testing/connect-redis.js';

let server: RunningService;
let redis: RedisConnection;

beforeAll(async () => {
  server = await startRedis();
  redis = await connectRedis(server.url);
});
afterAll(async () => {
  await redis.close();
  await server.stop();
});

describe('LiveProcesses', () => {
  it('counts those that live, and one at least', async () => {
    const [one, other] = [new LiveProcesses(redis), new LiveProcesses(redis)];
    expect(one.count).toBe(1);
    await one.beat();
    await other.beat();
    await one.beat();
    expect([one.count, other.count]).toEqual([2, 2]);
    await other.stop();
    await one.beat();
    expect(one.count).toBe(1);
    await one.stop();
  });

  it('keeps the last known number while Redis is gone', async () => {
    const [one, other] = [new LiveProcesses(redis), new LiveProcesses(redis)];
    await other.beat();
    await one.beat();
    await server.stop();
    await one.beat();
    expect(one.count).toBe(2);
    await one.stop();
  });
});
