import { createId, type TenantId } from '../../common/ids.js';
import { SystemClock } from '../../common/clock.port.js';
import { openRedis, type RedisConnection } from '../../storage/redis/redis-client.js';
import { startRedis } from '../../../test/support/redis-server.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import type { RunningService } from '../../../test/support/test-services.js';
import type { QuotaEntry } from './quota-store.port.js';
import { RedisQuotaStore } from './redis/redis-quota-store.js';
import { ResilientQuotaStore } from './resilient-quota-store.js';
import { eventually } from './testing/eventually.js';
import { budget, requests, slots } from './testing/quota-subject.js';

const LEASE_MS = 60_000;
/** Longer than in service, for a machine that is busy. */
const DEADLINE_MS = 250;
const PERIOD_ENDS_AT_MS = Date.UTC(2100, 0, 1);

let server: RunningService;
let proxy: TcpProxy;
let direct: RedisConnection;

beforeAll(async () => {
  server = await startRedis();
  direct = openRedis(server.url);
  proxy = await TcpProxy.start(server.url, 6_379);
});
afterAll(async () => {
  await direct.close();
  await proxy.stop();
  await server.stop();
});
afterEach(() => proxy.restore());

/** One gateway process of two, behind the proxy, and what it says about itself. */
class Process {
  readonly tenantId = createId<TenantId>();
  readonly states: unknown[] = [];
  readonly store: ResilientQuotaStore;

  private constructor(
    readonly redis: RedisConnection,
    readonly shared = new RedisQuotaStore(redis),
  ) {
    this.store = new ResilientQuotaStore({
      shared,
      processes: { count: 2 },
      clock: new SystemClock(),
      onStateChange: (cause) => this.states.push(cause),
      onDropped: (cause) => this.states.push(cause),
    });
  }

  static async start(): Promise<Process> {
    const redis = openRedis(proxy.rewrite(server.url), DEADLINE_MS);
    const process = new Process(redis);
    await eventually(() => (redis.isHealthy() ? true : null));
    return process;
  }

  async stop(): Promise<void> {
    proxy.restore();
    await this.store.stop();
    await this.redis.close();
  }

  async reserve(entries: readonly QuotaEntry[], fallback: 'local' | 'closed' = 'local') {
    const reservationId = createId();
    const { tenantId } = this;
    const request = {
      tenantId,
      reservationId,
      nowMs: Date.now(),
      entries,
      leaseMs: LEASE_MS,
      cacheKey: null,
      fallback,
    };
    const startedMs = performance.now();
    const result = await this.store.reserve(request);
    return { result, reservationId, entries, tookMs: performance.now() - startedMs };
  }

  async settle(made: Awaited<ReturnType<Process['reserve']>>, actual: bigint[]): Promise<void> {
    const { reservationId, entries, result } = made;
    if (result.outcome !== 'reserved') throw new Error('Nothing was reserved');
    const { reservedAtMs } = result;
    const { tenantId } = this;
    await this.store.settle({
      tenantId,
      reservationId,
      nowMs: Date.now(),
      reservedAtMs,
      leaseMs: LEASE_MS,
      entries,
      actual,
    });
  }

  async startBudget(spent: bigint): Promise<void> {
    const { tenantId } = this;
    const start = {
      tenantId,
      key: 'bd:1',
      spent,
      periodEndsAtMs: PERIOD_ENDS_AT_MS,
      nowMs: Date.now(),
      readAgoMs: 0,
    };
    await this.store.initialiseBudget(start);
  }

  /** As Redis has it. */
  findShared(): Promise<bigint | null> {
    return new RedisQuotaStore(direct).findBudgetSpent(this.tenantId, 'bd:1');
  }

  /** Reserves until it is refused. */
  async countAdmitted(entries: readonly QuotaEntry[]): Promise<number> {
    for (let admitted = 0; ; admitted += 1) {
      if ((await this.reserve(entries)).result.outcome !== 'reserved') return admitted;
    }
  }
}

async function withProcess(run: (process: Process) => Promise<void>): Promise<void> {
  const process = await Process.start();
  try {
    await run(process);
  } finally {
    await process.stop();
  }
}

describe.each(['cut', 'freeze'] as const)('a Redis that is gone (%s)', (fault) => {
  it('leaves each process its share of every limit, within the deadline', () =>
    withProcess(async (process) => {
      await process.reserve([requests(10)]);
      proxy[fault]();
      const first = await process.reserve([requests(10)]);
      expect(first.result.outcome).toBe('reserved');
      expect(first.tookMs).toBeLessThan(4 * DEADLINE_MS);
      expect(1 + (await process.countAdmitted([requests(10)]))).toBe(5);
      expect(await process.countAdmitted([slots(6)])).toBe(3);
    }));

  it('refuses a tenant that chose so, by saying that nobody knows', () =>
    withProcess(async (process) => {
      proxy[fault]();
      expect((await process.reserve([requests(10)], 'closed')).result.outcome).toBe('unknown');
      expect((await process.reserve([], 'closed')).result.outcome).toBe('reserved');
    }));

  it('is used again as soon as it answers', () =>
    withProcess(async (process) => {
      proxy[fault]();
      await process.reserve([requests(10)]);
      proxy.restore();
      await eventually(async () => {
        await process.reserve([requests(1_000)]);
        return process.states.at(-1) === null ? true : null;
      });
      expect(process.states).toHaveLength(2);
    }));
});

describe('budgets while Redis is gone', () => {
  it('give each process its share of what is left, and hear afterwards what was spent', () =>
    withProcess(async (process) => {
      await process.startBudget(0n);
      const before = await process.reserve([budget(1_000n, 400n)]);
      proxy.cut();
      expect((await process.reserve([budget(1_000n, 1n)])).result.outcome).toBe('uninitialised');
      // The ledger knows nothing of the request that runs; what Redis said last does.
      await process.startBudget(0n);
      const alone = await process.reserve([budget(1_000n, 300n)]);
      // Of the whole budget, not of the share: what is counted here is what alerts are about.
      expect(alone.result).toMatchObject({ states: [{ used: 700n }] });
      expect(alone.result.outcome).toBe('reserved');
      expect((await process.reserve([budget(1_000n, 1n)])).result.outcome).toBe('refused');
      await process.settle(alone, [250n]);
      await process.settle(before, [100n]);
      expect(await process.findShared()).toBe(400n);
      proxy.restore();
      await eventually(async () => ((await process.findShared()) === 350n ? true : null));
    }));

  it('book nothing twice when an answer is lost', () =>
    withProcess(async (process) => {
      await process.startBudget(0n);
      const made = await process.reserve([budget(1_000n, 400n)]);
      proxy.freeze();
      await process.settle(made, [100n]);
      proxy.restore();
      await eventually(async () => ((await process.findShared()) === 100n ? true : null));
      await process.store.stop();
      expect(await process.findShared()).toBe(100n);
    }));

  it('give back a reservation whose answer never came', () =>
    withProcess(async (process) => {
      await process.startBudget(0n);
      proxy.freeze();
      await process.reserve([budget(1_000n, 400n)], 'closed');
      proxy.restore();
      await eventually(async () => {
        await process.store.stop();
        return (await process.findShared()) === 0n && process.redis.isHealthy() ? true : null;
      });
      expect((await process.reserve([budget(1_000n, 1_000n)])).result.outcome).toBe('reserved');
    }));

  it('do not count again what the ledger told a Redis that came back empty', () =>
    withProcess(async (process) => {
      proxy.cut();
      expect((await process.reserve([budget(1_000n, 1n)])).result.outcome).toBe('uninitialised');
      await process.startBudget(0n);
      await process.settle(await process.reserve([budget(1_000n, 300n)]), [200n]);
      // Another process was first, and the ledger had the 200 already. To Redis a settlement is as much younger as its message
      // was on its way; to be written to the ledger and read from it takes longer than that.
      const settledMs = Date.now();
      await eventually(() => (Date.now() > settledMs + 500 ? true : null));
      await new RedisQuotaStore(direct).initialiseBudget({
        tenantId: process.tenantId,
        key: 'bd:1',
        spent: 200n,
        periodEndsAtMs: PERIOD_ENDS_AT_MS,
        nowMs: Date.now(),
        readAgoMs: 0,
      });
      proxy.restore();
      await eventually(async () => {
        await process.store.stop();
        return process.redis.isHealthy() ? true : null;
      });
      expect(await process.findShared()).toBe(200n);
    }));
});
