import { ManualClock } from '../../common/clock.port.js';
import { IpCounts } from './ip-counts.js';

const MINUTE = 60_000;

function setUp() {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const counts = new IpCounts(clock);
  const hit = (address = '203.0.113.9', limit = 10) => counts.hit(address, limit, MINUTE);
  const hitMany = (count: number, address?: string) =>
    Array.from({ length: count }, () => hit(address)).filter(({ isAllowed }) => isAllowed).length;
  return { clock, counts, hit, hitMany };
}

describe('IpCounts', () => {
  it('admits as many requests in a window as are allowed, for each address', () => {
    const { hitMany } = setUp();
    expect(hitMany(25)).toBe(10);
    expect(hitMany(25, '203.0.113.10')).toBe(10);
  });

  it('lets requests of the former window weigh less and less', () => {
    const { clock, hitMany } = setUp();
    hitMany(10);
    clock.advance(MINUTE);
    expect(hitMany(1)).toBe(0);
    clock.advance(MINUTE / 2);
    expect(hitMany(10)).toBe(5);
    clock.advance(2 * MINUTE);
    expect(hitMany(20)).toBe(10);
  });

  it('says when a request will be admitted', () => {
    const { clock, hit, hitMany } = setUp();
    clock.advance(MINUTE / 4);
    hitMany(10);
    const { retryAfterMs } = hit();
    clock.advance(Math.floor(retryAfterMs) - 1);
    expect(hit().isAllowed).toBe(false);
    clock.advance(2);
    expect(hit().isAllowed).toBe(true);
    const again = hit();
    clock.advance(Math.ceil(again.retryAfterMs));
    expect([again.isAllowed, hit().isAllowed]).toEqual([false, true]);
  });

  it('does not count what it refuses', () => {
    const { clock, hitMany } = setUp();
    hitMany(1_000);
    clock.advance(2 * MINUTE);
    expect(hitMany(20)).toBe(10);
  });

  it('stays bounded when addresses are made up, and never counts too little', () => {
    const { counts, hit } = setUp();
    for (let index = 0; index < 300_000; index += 1) hit(`2001:db8:${index}`, 1_000_000);
    expect(counts.size).toBeLessThanOrEqual(100_000 + 65_536);
    let admitted = 0;
    for (let index = 0; index < 30; index += 1) if (hit('2001:db9::', 10).isAllowed) admitted += 1;
    expect(admitted).toBeLessThanOrEqual(10);
  });

  it('answers as @nestjs/throttler asks', async () => {
    const { counts } = setUp();
    const first = await counts.increment('203.0.113.9', MINUTE, 1);
    const second = await counts.increment('203.0.113.9', MINUTE, 1);
    expect(first).toEqual({ totalHits: 1, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 0 });
    expect(second).toMatchObject({ totalHits: 1, isBlocked: true, timeToBlockExpire: 120 });
  });
});
