import { ManualClock } from '../../common/clock.port.js';
import { createId, type TenantId } from '../../common/ids.js';
import { RedisUnavailableError } from '../../storage/redis/redis-client.js';
import { PendingSettlements } from './pending-settlements.js';
import type { SettleRequest } from './quota-store.port.js';
import { budget, requests } from './testing/quota-subject.js';

const tenantId = createId<TenantId>();

function setUp() {
  const clock = new ManualClock();
  const told: { request: SettleRequest; agoMs: number }[] = [];
  const dropped: unknown[] = [];
  const store = {
    isDown: true,
    refusals: new Map<string, Error>(),
    ping: () => (store.isDown ? Promise.reject(new RedisUnavailableError('down')) : Promise.resolve()),
    flush: () => Promise.resolve(),
    settle: (request: SettleRequest, agoMs: number) => {
      const refusal = store.refusals.get(request.reservationId);
      if (refusal !== undefined) return Promise.reject(refusal);
      told.push({ request, agoMs });
      return Promise.resolve();
    },
  };
  const pending = new PendingSettlements(store, clock, (cause) => dropped.push(cause));
  const settlement = (reservationId: string, used = 5n): SettleRequest => ({
    tenantId,
    reservationId,
    nowMs: clock.nowMs(),
    reservedAtMs: 1,
    leaseMs: 1_000,
    entries: [requests(10), budget(100n, 10n)],
    actual: [1n, used],
  });
  return { clock, told, dropped, store, pending, settlement };
}

describe('PendingSettlements', () => {
  it('keeps everything until the store answers, then tells how long ago it was', async () => {
    const { clock, told, store, pending, settlement } = setUp();
    pending.add(settlement('a'));
    clock.advance(5_000);
    pending.add(settlement('b'));
    await pending.flush();
    expect([told.length, pending.size]).toEqual([0, 2]);
    store.isDown = false;
    await pending.flush();
    expect(told.map(({ request, agoMs }) => [request.reservationId, agoMs])).toEqual([
      ['a', 5_000],
      ['b', 0],
    ]);
    expect(pending.size).toBe(0);
  });

  it('adds up what was spent alone, by counter, and tells of budgets only', async () => {
    const { told, store, pending, settlement } = setUp();
    for (const used of [5n, 7n, 0n]) pending.addSpent(settlement('x', used));
    store.isDown = false;
    await pending.flush();
    expect(told).toHaveLength(1);
    expect(told[0]?.request).toMatchObject({ entries: [{ kind: 'budget' }], actual: [12n], reservedAtMs: 0 });
  });

  it('lets nothing wait behind what the store refuses, and gives that up in the end', async () => {
    const { told, dropped, store, pending, settlement } = setUp();
    store.isDown = false;
    const full = new Error('OOM command not allowed');
    store.refusals.set('bad', full);
    pending.add(settlement('bad'));
    pending.add(settlement('good'));
    await pending.flush();
    expect([told.length, pending.size]).toEqual([1, 1]);
    for (let attempt = 0; attempt < 100; attempt += 1) await pending.flush();
    expect([dropped, pending.size]).toEqual([[full], 0]);
    await pending.stop();
  });

  it('stays bounded, and then still forgets no money', async () => {
    const { told, store, pending, settlement } = setUp();
    for (let index = 0; index < 10_500; index += 1) pending.add(settlement(`r${index}`, 2n));
    expect(pending.size).toBe(10_001);
    store.isDown = false;
    await pending.flush();
    const spent = told.reduce((sum, { request }) => sum + (request.actual.at(-1) ?? 0n), 0n);
    expect(spent).toBe(21_000n);
  });
});
