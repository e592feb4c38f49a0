import { randomInt } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ManualClock } from '../../common/clock.port.js';
import type { RedisConnection } from '../../storage/redis/redis-client.js';
import { IpCounts } from './ip-counts.js';
import { SharedIpCounts } from './shared-ip-counts.js';
import { connectRedis } from './testing/connect-redis.js';

const MINUTE = 60_000;
const ADDRESS = '203.0.113.9';

let redis: RedisConnection;
beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await connectRedis();
});
afterAll(() => redis.close());

/** Windows of their own for each test: the keys are shared by all processes. */
function setUp() {
  const clock = new ManualClock(MINUTE * randomInt(2 ** 30));
  const create = () => {
    const counts = new IpCounts(clock);
    return { counts, shared: new SharedIpCounts(counts, redis) };
  };
  const hit = ({ counts }: { counts: IpCounts }, times: number, limit = 10) =>
    Array.from({ length: times }, () => counts.hit(ADDRESS, limit, MINUTE)).filter(
      ({ isAllowed }) => isAllowed,
    ).length;
  return { clock, one: create(), other: create(), hit };
}

describe('SharedIpCounts', () => {
  it('lets processes keep one limit together, but for what came since the last exchange', async () => {
    const { one, other, hit } = setUp();
    expect(hit(one, 6)).toBe(6);
    await one.shared.sync();
    expect(hit(other, 3)).toBe(3);
    await other.shared.sync();
    expect(hit(other, 5)).toBe(1);
    await other.shared.sync();
    expect(hit(one, 1)).toBe(1);
    await one.shared.sync();
    expect(hit(one, 5)).toBe(0);
  });

  it('knows what other processes saw in the window before', async () => {
    const { clock, one, other, hit } = setUp();
    hit(one, 10);
    await one.shared.sync();
    clock.advance(MINUTE);
    expect(hit(other, 1)).toBe(1);
    await other.shared.sync();
    expect(hit(other, 1)).toBe(0);
  });

  it('tells nothing twice', async () => {
    const { one, other, hit } = setUp();
    hit(one, 3);
    await one.shared.sync();
    await one.shared.sync();
    hit(one, 1);
    await one.shared.sync();
    hit(other, 1);
    await other.shared.sync();
    expect(hit(other, 10)).toBe(5);
  });

  it('goes on alone when Redis is gone', async () => {
    const clock = new ManualClock(MINUTE * randomInt(2 ** 30));
    const counts = new IpCounts(clock);
    const closed = await connectRedis();
    await closed.close();
    const shared = new SharedIpCounts(counts, closed);
    counts.hit(ADDRESS, 2, MINUTE);
    await shared.sync();
    expect([counts.hit(ADDRESS, 2, MINUTE).isAllowed, counts.hit(ADDRESS, 2, MINUTE).isAllowed]).toEqual([
      true,
      false,
    ]);
  });
});
