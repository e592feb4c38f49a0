import { ManualClock } from '../../common/clock.port.js';
import { FailedLogins } from './failed-logins.js';

const MAX_FAILURES = 20;
const IP = '203.0.113.9';

function setUp() {
  const clock = new ManualClock();
  const logins = new FailedLogins(clock);
  let asked = 0;
  const attempt = (identity: string | null, ip = IP): Promise<string | null> =>
    logins.attempt(ip, async () => {
      asked += 1;
      // As a look-up in the database: its end comes later.
      await new Promise((resolve) => setImmediate(resolve));
      return identity;
    });
  return { clock, logins, attempt, countAsked: () => asked };
}

const REFUSAL = { code: 'rate_limit_exceeded' };

describe('FailedLogins', () => {
  it('refuses an address after 20 failures, whatever it brings, until the minute is over', async () => {
    const { clock, attempt, countAsked } = setUp();
    for (let count = 0; count < MAX_FAILURES; count += 1) expect(await attempt(null)).toBeNull();
    clock.advance(20_000);
    await expect(attempt('root')).rejects.toMatchObject({ ...REFUSAL, retryAfterMs: 40_000 });
    expect(countAsked()).toBe(MAX_FAILURES);
    expect(await attempt('root', '203.0.113.10')).toBe('root');
    clock.advance(40_000);
    expect(await attempt('root')).toBe('root');
  });

  it('looks up no more than 20 of a burst of wrong tokens', async () => {
    const { attempt, countAsked } = setUp();
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => attempt(null)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_FAILURES);
    expect(countAsked()).toBe(MAX_FAILURES);
  });

  it('refuses none of a burst of right tokens, nor forgets failures because of them', async () => {
    const { attempt } = setUp();
    for (let count = 0; count < MAX_FAILURES - 1; count += 1) await attempt(null);
    const identities = await Promise.all(Array.from({ length: 200 }, () => attempt('root')));
    expect(new Set(identities)).toEqual(new Set(['root']));
    await attempt(null);
    await expect(attempt('root')).rejects.toMatchObject(REFUSAL);
  });

  it('counts no look-up that failed itself', async () => {
    const { logins, attempt } = setUp();
    for (let count = 0; count < 2 * MAX_FAILURES; count += 1) {
      await expect(logins.attempt(IP, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    }
    expect(await attempt('root')).toBe('root');
  });

  it('counts the addresses of an IPv6 subscriber as one', async () => {
    const { attempt } = setUp();
    for (let count = 0; count < MAX_FAILURES; count += 1)
      await attempt(null, `2001:db8::${count.toString(16)}`);
    await expect(attempt('root', '2001:db8::ffff')).rejects.toMatchObject(REFUSAL);
    expect(await attempt('root', '2001:db8:0:1::1')).toBe('root');
  });
});
