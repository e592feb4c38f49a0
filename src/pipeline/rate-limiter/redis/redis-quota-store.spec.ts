import { createId, type TenantId } from '../../../common/ids.js';
import type { RedisConnection } from '../../../storage/redis/redis-client.js';
import type { QuotaEntry, ReserveResult } from '../quota-store.port.js';
import { connectRedis } from '../testing/connect-redis.js';
import { eventually } from '../testing/eventually.js';
import { describeQuotaStoreContract } from '../testing/quota-store.contract.js';
import { budget, QuotaSubjectUnderTest, requests, slots } from '../testing/quota-subject.js';
import { RedisQuotaStore } from './redis-quota-store.js';

let redis: RedisConnection;
let otherProcess: RedisConnection;

beforeAll(async () => {
  redis = await connectRedis();
  otherProcess = await connectRedis();
});
afterAll(() => Promise.all([redis.close(), otherProcess.close()]));

describeQuotaStoreContract('RedisQuotaStore', {
  create: () => new RedisQuotaStore(redis, 'caller'),
  runs: 150,
});

const PERIOD_ENDS_AT_MS = Date.UTC(2100, 0, 1);

function reserveAs(
  store: RedisQuotaStore,
  tenantId: TenantId,
  entries: readonly QuotaEntry[],
  leaseMs = 60_000,
) {
  // A clock that is an hour off: windows and leases do not go by it.
  const nowMs = Date.UTC(2026, 0, 1);
  const reservationId = createId();
  return store
    .reserve({ tenantId, reservationId, nowMs, entries, leaseMs, cacheKey: null, fallback: 'local' })
    .then((result) => ({ result, reservationId }));
}

const startBudget = (store: RedisQuotaStore, tenantId: TenantId): Promise<void> =>
  store.initialiseBudget({
    tenantId,
    key: 'bd:1',
    spent: 0n,
    periodEndsAtMs: PERIOD_ENDS_AT_MS,
    nowMs: 0,
    readAgoMs: 0,
  });

const isReserved = ({ result }: { result: ReserveResult }): boolean => result.outcome === 'reserved';

describe('RedisQuotaStore', () => {
  it('lets two processes never overspend a budget together', async () => {
    const tenantId = createId<TenantId>();
    const stores = [new RedisQuotaStore(redis), new RedisQuotaStore(otherProcess)] as const;
    await startBudget(stores[0], tenantId);
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        reserveAs(stores[index % 2] as RedisQuotaStore, tenantId, [budget(1_000n, 30n)]),
      ),
    );
    expect(results.filter(isReserved)).toHaveLength(33);
    expect(await stores[1].findBudgetSpent(tenantId, 'bd:1')).toBe(990n);
  });

  it('lets two processes share a window and slots', async () => {
    const tenantId = createId<TenantId>();
    const entries = [requests(20), slots(7)];
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        reserveAs(new RedisQuotaStore(index % 2 === 0 ? redis : otherProcess), tenantId, entries),
      ),
    );
    expect(results.filter(isReserved)).toHaveLength(7);
  });

  it("ends leases by Redis's own clock", async () => {
    const tenantId = createId<TenantId>();
    const store = new RedisQuotaStore(redis);
    await startBudget(store, tenantId);
    const entries = [slots(1), budget(100n, 100n)];
    await reserveAs(store, tenantId, entries, 150);
    expect(isReserved(await reserveAs(store, tenantId, entries))).toBe(false);
    await eventually(async () => (isReserved(await reserveAs(store, tenantId, entries)) ? true : null));
  });

  it('reads the cache in the same round trip, also when there is no limit', async () => {
    const tenantId = createId<TenantId>();
    const cacheKey = `tokenpak:{${tenantId}}:cache:x`;
    await redis.commands.set(cacheKey, Buffer.from([0, 255, 1]));
    const store = new RedisQuotaStore(redis);
    const ask = (entries: QuotaEntry[], key: string) =>
      store.reserve({
        tenantId,
        reservationId: createId(),
        nowMs: 0,
        entries,
        leaseMs: 1_000,
        cacheKey: key,
        fallback: 'local',
      });
    expect(await ask([requests(1)], cacheKey)).toMatchObject({
      outcome: 'reserved',
      cached: Buffer.from([0, 255, 1]),
    });
    expect(await ask([requests(1)], cacheKey)).toMatchObject({
      outcome: 'refused',
      cached: Buffer.from([0, 255, 1]),
    });
    expect(await ask([], cacheKey)).toMatchObject({ outcome: 'reserved', cached: Buffer.from([0, 255, 1]) });
    expect(await ask([], `${cacheKey}y`)).toMatchObject({ outcome: 'reserved', cached: null });
  });

  it('sends its scripts again to a Redis that has forgotten them', async () => {
    const tenantId = createId<TenantId>();
    const store = new RedisQuotaStore(redis);
    await redis.commands.script('FLUSH');
    await startBudget(store, tenantId);
    expect(isReserved(await reserveAs(store, tenantId, [requests(5), budget(9n, 1n)]))).toBe(true);
    await redis.commands.script('FLUSH');
    const cached = store.reserve({
      tenantId,
      reservationId: createId(),
      nowMs: 0,
      entries: [requests(5)],
      leaseMs: 1_000,
      cacheKey: `tokenpak:{${tenantId}}:cache:none`,
      fallback: 'local',
    });
    expect(await cached).toMatchObject({ outcome: 'reserved', cached: null });
  });

  it('leaves nothing behind that does not end by itself', async () => {
    const tenantId = createId<TenantId>();
    const store = new RedisQuotaStore(redis);
    await startBudget(store, tenantId);
    await reserveAs(store, tenantId, [requests(5), slots(5), budget(9n, 1n)]);
    const keys = await redis.commands.keys(`tokenpak:{${tenantId}}:*`);
    const lives = await Promise.all(keys.map((key) => redis.commands.pttl(key)));
    expect(keys).toHaveLength(4);
    expect(lives.every((life) => life > 0)).toBe(true);
  });

  it('deletes the record of a settled reservation', async () => {
    const subject = new QuotaSubjectUnderTest(new RedisQuotaStore(redis));
    await subject.reserve('a', [requests(5), slots(5)]);
    await subject.settle('a', [1n, 0n]);
    expect(await redis.commands.keys(`tokenpak:{${subject.tenantId}}:rs:*`)).toEqual([]);
  });

  it('says that it does not know when Redis is gone, and that nothing was executed', async () => {
    const closed = await connectRedis();
    await closed.close();
    await eventually(() => (closed.commands.status === 'end' ? true : null));
    const { result } = await reserveAs(new RedisQuotaStore(closed), createId<TenantId>(), [requests(1)]);
    expect(result).toMatchObject({ outcome: 'unknown', mayHaveRun: false });
  });
});

describe('a budget counter that was taken from the ledger', () => {
  const entries = [budget(1_000n, 100n)];
  const MINUTE = 60_000;

  /** Reserved by nobody here: made elsewhere, or lost with the counter. */
  async function settleAt(settledAfterStartMs: number, reservedBeforeStartMs: number) {
    const store = new RedisQuotaStore(redis, 'caller');
    const tenantId = createId<TenantId>();
    const startMs = Date.UTC(2026, 0, 1);
    await store.initialiseBudget({
      tenantId,
      key: 'bd:1',
      spent: 5n,
      periodEndsAtMs: PERIOD_ENDS_AT_MS,
      nowMs: startMs,
      readAgoMs: 0,
    });
    const request = {
      tenantId,
      reservationId: createId(),
      nowMs: startMs + MINUTE,
      reservedAtMs: startMs - reservedBeforeStartMs,
      leaseMs: MINUTE,
      entries,
      actual: [40n],
    };
    for (let repeat = 0; repeat < 2; repeat += 1) await store.settle(request, MINUTE - settledAfterStartMs);
    return store.findBudgetSpent(tenantId, 'bd:1');
  }

  it('books once what was reserved before and settled after', async () => {
    expect(await settleAt(1, 1)).toBe(45n);
  });

  it('does not book what the ledger knew, nor what it has seen itself', async () => {
    expect([await settleAt(-1, 1_000), await settleAt(1_000, -1)]).toEqual([5n, 5n]);
  });
});
