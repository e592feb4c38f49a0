import { ManualClock } from '../../common/clock.port.js';
import { createId, type KeyId, type TenantId } from '../../common/ids.js';
import type { SqlClient } from '../../storage/database/sql-client.port.js';
import { ensurePartitions } from './ensure-partitions.js';
import { createTestDatabase, type TestDatabase } from './ledger.spec-support.js';
import { MetricsService } from './metrics.service.js';
import { RefusalLedger } from './refusal-ledger.service.js';
import { type RefusalQuery, RefusalRepository } from './refusal.repository.js';

const NOON_MS = Date.UTC(2026, 6, 2, 12);
const HOUR_MS = 3_600_000;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

/** A gateway process that counts, on a tenant of its own. */
class Process {
  readonly clock = new ManualClock(NOON_MS);
  readonly repository: RefusalRepository;
  readonly ledger: RefusalLedger;
  /** The next statement is executed, and its answer lost. */
  losesAnswer = false;
  isDown = false;

  constructor(
    readonly tenantId = createId<TenantId>(),
    readonly keyId = createId<KeyId>(),
  ) {
    this.repository = new RefusalRepository({
      query: async (text: string, params?: readonly unknown[]) => {
        if (this.isDown) throw new Error('down');
        const rows = await database.sql.query(text, params);
        if (this.losesAnswer) throw new Error('lost');
        return rows;
      },
    } as SqlClient);
    this.ledger = new RefusalLedger(this.repository, new MetricsService(), this.clock);
  }

  refuse(times: number): void {
    for (let n = 0; n < times; n++) this.ledger.count(this.tenantId, this.keyId, 'requests');
  }

  report(change: Partial<RefusalQuery> = {}) {
    return this.repository.queryRefusals({
      tenantId: this.tenantId,
      keyId: null,
      fromMs: NOON_MS - 24 * HOUR_MS,
      toMs: NOON_MS + 24 * HOUR_MS,
      interval: 'hour',
      timeZone: 'UTC',
      ...change,
    });
  }

  async sum(): Promise<number> {
    return (await this.report()).reduce((total, { refusals }) => total + refusals, 0);
  }
}

describe('RefusalLedger', () => {
  it('adds up what several processes refused to a key in one minute', async () => {
    const first = new Process();
    const second = new Process(first.tenantId, first.keyId);
    first.refuse(3);
    second.refuse(4);
    await Promise.all([first.ledger.flush(), second.ledger.flush()]);
    first.refuse(2);
    await first.ledger.flush();
    expect(await first.report()).toEqual([
      { startMs: NOON_MS, tenantId: first.tenantId, keyId: first.keyId, metric: 'requests', refusals: 9 },
    ]);
  });

  it('counts a batch once whose commit it did not hear of', async () => {
    const process = new Process();
    process.refuse(5);
    process.losesAnswer = true;
    await expect(process.ledger.flush()).rejects.toThrow('lost');
    process.losesAnswer = false;
    process.refuse(1);
    await process.ledger.flush();
    expect(await process.sum()).toBe(6);
  });

  it('keeps what it counted while PostgreSQL is down, and stores it when it stops', async () => {
    const process = new Process();
    process.isDown = true;
    process.refuse(2);
    await expect(process.ledger.flush()).rejects.toThrow('down');
    process.clock.advance(2 * HOUR_MS);
    process.refuse(1);
    process.isDown = false;
    await process.ledger.onApplicationShutdown();
    expect((await process.report()).map(({ startMs, refusals }) => [startMs, refusals])).toEqual([
      [NOON_MS, 2],
      [NOON_MS + 2 * HOUR_MS, 1],
    ]);
  });

  it('does not fail a shutdown while PostgreSQL is down', async () => {
    const process = new Process();
    process.isDown = true;
    process.refuse(1);
    await expect(process.ledger.onApplicationShutdown()).resolves.toBeUndefined();
  });

  it('stores more than one batch at a time', async () => {
    const process = new Process();
    for (let n = 0; n < 2_500; n++) process.ledger.count(process.tenantId, createId<KeyId>(), 'concurrency');
    await process.ledger.flush();
    expect(await process.sum()).toBe(2_500);
  });
});

describe('a report of refusals', () => {
  it('has the minutes that begin in its range, by minute, hour and day of a time zone', async () => {
    const process = new Process();
    for (const minutes of [0, 1, 59]) {
      process.refuse(1);
      process.clock.advance((minutes === 0 ? 1 : 58) * 60_000);
    }
    await process.ledger.flush();
    const starts = async (change: Partial<RefusalQuery>): Promise<number[]> =>
      (await process.report(change)).map(({ startMs }) => startMs - NOON_MS);
    expect(await starts({ interval: 'minute' })).toEqual([0, 60_000, 59 * 60_000]);
    expect(await starts({ interval: 'hour' })).toEqual([0]);
    expect(await starts({ interval: 'day', timeZone: 'Asia/Kolkata' })).toEqual([-17.5 * HOUR_MS]);
    expect(await starts({ interval: 'minute', fromMs: NOON_MS + 1, toMs: NOON_MS + 59 * 60_000 })).toEqual([
      60_000,
    ]);
    expect(await starts({ keyId: createId<KeyId>() })).toEqual([]);
    expect(await starts({ tenantId: createId<TenantId>() })).toEqual([]);
  });

  it('loses what is older than the retention', async () => {
    const process = new Process();
    process.refuse(1);
    await process.ledger.flush();
    const table = {
      name: 'usage_refusals',
      timeColumn: 'minute',
      unit: 'month',
      ahead: 2,
      retentionDays: 30,
      storage: '',
    } as const;
    await ensurePartitions(database.sql, table, NOON_MS);
    expect(await process.sum()).toBe(1);
    await ensurePartitions(database.sql, table, NOON_MS + 70 * 24 * HOUR_MS);
    expect(await process.sum()).toBe(0);
  });
});
