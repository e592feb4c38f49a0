import { ManualClock } from '../../common/clock.port.js';
import { createId, type TenantId } from '../../common/ids.js';
import { InProcessQuotaStore } from './in-process-quota-store.js';
import { LEASE_MS, LeaseKeeper } from './lease-keeper.js';
import type { QuotaEntry } from './quota-store.port.js';

const HOUR = 3_600_000;
const slot: QuotaEntry = { kind: 'concurrency', key: 'rl:slot', limit: 1 };

function setUp() {
  const clock = new ManualClock();
  const store = new InProcessQuotaStore();
  const keeper = new LeaseKeeper(store, () => clock.nowMs());
  const tenantId = createId<TenantId>();
  const reserve = (reservationId: string) =>
    store.reserve({
      tenantId,
      reservationId,
      nowMs: clock.nowMs(),
      entries: [slot],
      leaseMs: LEASE_MS,
      cacheKey: null,
      fallback: 'local',
    }).outcome;
  const hold = {
    tenantId,
    reservationId: 'a',
    quotas: [],
    entries: [slot],
    reservedAtMs: 0,
    leaseMs: LEASE_MS,
  };
  const pass = (durationMs: number): void => {
    for (let passed = 0; passed < durationMs; passed += 5_000) {
      clock.advance(5_000);
      keeper.renewDue();
    }
  };
  reserve('a');
  keeper.keep(hold);
  return { clock, keeper, hold, reserve, pass };
}

describe('LeaseKeeper', () => {
  it('keeps the slot of a request that runs longer than a lease', () => {
    const { reserve, pass } = setUp();
    pass(20 * LEASE_MS);
    expect(reserve('b')).toBe('refused');
  });

  it('renews nothing that was dropped', () => {
    const { keeper, hold, reserve, pass } = setUp();
    keeper.drop(hold);
    pass(LEASE_MS);
    expect([reserve('b'), keeper.size]).toEqual(['reserved', 0]);
  });

  it('gives up what was never dropped', () => {
    const { keeper, reserve, pass } = setUp();
    pass(HOUR + 2 * LEASE_MS);
    expect([reserve('b'), keeper.size]).toEqual(['reserved', 0]);
  });
});
