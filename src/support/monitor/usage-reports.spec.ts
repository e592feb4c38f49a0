import fc from 'fast-check';
import { ManualClock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import { hasMoreRows } from './has-more-rows.js';
import { insertUsage } from './insert-usage.js';
import {
  createTestDatabase,
  createUsageEvent,
  type TestDatabase,
  truncateUsage,
} from './ledger.spec-support.js';
import { PartitionMaintenance } from './partition-maintenance.service.js';
import { sumEvents } from './sum-events.spec-support.js';
import type { UsageEvent } from './usage-event.js';
import type { UsageDimension, UsageFilters, UsageInterval, UsageQuery, UsageRow } from './usage-query.js';
import { encodeUsageEvent } from './usage-record.js';
import { UsageRepository } from './usage.repository.js';

const DAY_MS = 86_400_000;
const TENANTS = [createId(), createId()];
const KEYS = [createId(), createId(), createId()];
const PROVIDERS = [createId(), createId()];
const USERS = ['ann', "o'hara", '=1+1', ' ', 'ü%_'];

/** Each near a change of some zone's clocks. */
const CHANGES = {
  'America/New_York': [Date.UTC(2026, 2, 8, 7), Date.UTC(2026, 10, 1, 6)],
  'Europe/Berlin': [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)],
  'Australia/Lord_Howe': [Date.UTC(2026, 3, 4, 15)],
  // Its clocks skip midnight.
  'Africa/Cairo': [Date.UTC(2026, 3, 23, 22)],
  'Asia/Kathmandu': [Date.UTC(2026, 4, 31, 18, 15)],
  UTC: [Date.UTC(2026, 4, 1)],
};

const around = fc.constantFrom(
  ...Object.entries(CHANGES).flatMap(([timeZone, times]) => times.map((atMs) => ({ timeZone, atMs }))),
);
const distance = fc.oneof(
  fc.integer({ min: -DAY_MS * 2, max: DAY_MS * 2 }),
  fc.integer({ min: -9e6, max: 9e6 }),
);
const count = fc.option(fc.nat(1_000_000));

const shape = fc.record({
  tenantId: fc.constantFrom(...TENANTS),
  keyId: fc.constantFrom(...KEYS),
  providerId: fc.constantFrom(null, ...PROVIDERS),
  model: fc.constantFrom('a', 'b'),
  status: fc.constantFrom(200, 201, 404, 429, 499, 500),
  cache: fc.constantFrom<UsageEvent['cache']>('hit', 'shared', 'miss', 'off'),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  reasoningTokens: count,
  costNanoUsd: fc.option(fc.bigInt(0n, 10n ** 16n).map(String)),
  durationMs: fc.nat(1_000_000),
  user: fc.option(fc.constantFrom(...USERS)),
  tags: fc.dictionary(fc.constantFrom('team', 'app'), fc.constantFrom('x', 'y', ''), { maxKeys: 2 }),
});

const groupings: fc.Arbitrary<UsageDimension[]> = fc.oneof(
  fc.uniqueArray(fc.constantFrom<UsageDimension>('tenant', 'key', 'model', 'provider', 'status')),
  fc.constantFrom<UsageDimension[]>(['user'], ['tenant', 'user'], ['tag:team'], ['tag:app', 'tenant']),
  fc.uniqueArray(fc.constantFrom<UsageDimension>('key', 'status', 'user', 'tag:team', 'tag:app'), {
    maxLength: 3,
  }),
);

const filtersArbitrary: fc.Arbitrary<UsageFilters> = fc.oneof(
  fc.constant({}),
  fc.record({ tag: fc.constantFrom('team=x', 'app=', 'team=z') }),
  fc.record({ user: fc.constantFrom(...USERS, 'nobody') }),
  fc.record(
    {
      keyId: fc.constantFrom(...KEYS),
      model: fc.constant('a'),
      providerId: fc.constantFrom(...PROVIDERS),
      statusClass: fc.constantFrom(2, 4),
      tag: fc.constant('team=x'),
    },
    { requiredKeys: [] },
  ),
);

const questions = fc.record({
  tenantId: fc.constantFrom(null, ...TENANTS),
  groupBy: groupings,
  interval: fc.constantFrom<UsageInterval | null>(null, 'hour', 'day', 'month'),
  fromDistance: distance,
  spanMs: fc.oneof(fc.integer({ min: 1, max: 5_000_000 }), fc.nat(4 * DAY_MS)),
  filters: filtersArbitrary,
});

let database: TestDatabase;
let usage: UsageRepository;

beforeAll(async () => {
  database = await createTestDatabase();
  usage = new UsageRepository(database.sql);
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  await truncateUsage(database);
});

async function insert(events: readonly UsageEvent[]): Promise<void> {
  const rejected: string[] = [];
  await insertUsage(database.sql, events.map(encodeUsageEvent), (text) => rejected.push(text));
  expect(rejected).toEqual([]);
}

/** In no order; text, so that bigints can be compared and a difference can be read. */
function describeRows(rows: readonly UsageRow[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
    )
    .sort();
}

async function expectReport(events: readonly UsageEvent[], query: UsageQuery): Promise<void> {
  const reported = describeRows(await usage.queryUsage(query));
  expect({ query, reported }).toEqual({ query, reported: describeRows(sumEvents(events, query)) });
}

describe('usage reports', () => {
  it('equal the sums of the events, for any dimensions, filters, interval, range and zone, however often a batch came', async () => {
    const run = fc.asyncProperty(
      around,
      fc.array(fc.tuple(distance, shape), { minLength: 40, maxLength: 90, size: 'max' }),
      fc.array(questions, { minLength: 25, maxLength: 25 }),
      async ({ timeZone, atMs }, shapes, asked) => {
        await truncateUsage(database);
        const events = shapes.map(([offset, changes]) =>
          createUsageEvent({ ...changes, startedAtMs: atMs + offset }),
        );
        await insert(events.slice(0, 30));
        await insert(events.slice(10));
        for (const { fromDistance, spanMs, ...query } of asked) {
          const fromMs = atMs + fromDistance;
          await expectReport(events, { ...query, timeZone, fromMs, toMs: fromMs + spanMs });
        }
      },
    );
    await fc.assert(run, { numRuns: 20, endOnFailure: true });
  });

  it('say the same from every table after old partitions were dropped and old rows deleted', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 20, 11, 7, 3));
    const options = { usageDays: 10, tracesDays: 10 };
    const maintenance = new PartitionMaintenance(options, database.sql, clock);
    await maintenance.run();
    const events = Array.from({ length: 400 }, (_, n) =>
      createUsageEvent({
        tenantId: TENANTS[n % 2],
        user: n % 3 ? `user-${n % 5}` : null,
        tags: n % 4 ? { team: `team-${n % 7}` } : {},
        // From before the first partition to after the change of the month.
        startedAtMs: Date.UTC(2025, 11, 25) + n * 3 * 3_600_000 + n * 61_003,
      }),
    );
    await insert(events);
    clock.advance(25 * DAY_MS);
    await maintenance.run();
    const range = { tenantId: null, fromMs: 0, toMs: Infinity, filters: {} };
    const kept = await usage.listLedger({ ...range, after: null, limit: 1_000 });
    expect(kept.length).toBeLessThan(events.length);
    expect(kept.map(({ id }) => id)).toEqual(
      events.filter(({ startedAtMs }) => startedAtMs >= Date.UTC(2026, 1, 1)).map(({ id }) => id),
    );
    for (const groupBy of [[], ['tenant'], ['key'], ['user'], ['tag:team']] satisfies UsageDimension[][])
      await expectReport(kept, { ...range, groupBy, interval: 'day', timeZone: 'America/New_York' });
  });

  it('are known to be too long before they are summed', async () => {
    const fromMs = Date.UTC(2026, 2, 1);
    const events = Array.from({ length: 200 }, (_, n) =>
      createUsageEvent({
        tenantId: TENANTS[n % 2],
        user: `user-${n % 5}`,
        startedAtMs: fromMs + n * 9 * 3_600_000,
      }),
    );
    await insert(events);
    const range = { fromMs, toMs: fromMs + 80 * DAY_MS };
    const zones = ['UTC', 'America/New_York', 'Asia/Kolkata'];
    const questions = zones.map((timeZone) => ({ interval: 'hour', timeZone }) as const);
    for (const question of [...questions, { interval: 'day', timeZone: 'UTC' } as const]) {
      const query = {
        ...range,
        ...question,
        tenantId: null,
        groupBy: ['user'],
        filters: {},
      } satisfies UsageQuery;
      const rows = (await usage.queryUsage(query)).length;
      expect(await hasMoreRows(database.sql, query, rows - 1)).toBe(true);
      expect(await hasMoreRows(database.sql, query, rows)).toBe(false);
    }
    const forever = {
      tenantId: null,
      groupBy: ['user'],
      filters: {},
      interval: 'hour',
      timeZone: 'UTC',
    } as const;
    expect(await hasMoreRows(database.sql, { ...forever, fromMs: 0, toMs: Infinity }, 100)).toBe(true);
  });

  it('keep rows and sums of the default partitions for the same whole days', async () => {
    const clock = new ManualClock(Date.UTC(2026, 5, 20, 11, 7, 3));
    const edgeMs = Date.UTC(2026, 4, 21);
    const events = [-900_001, -1, 0, 1, 40_000_000, 40_029_999].map((offset) =>
      createUsageEvent({ startedAtMs: edgeMs + offset, user: 'ann', tags: { team: 'x' } }),
    );
    await insert(events);
    await new PartitionMaintenance({ usageDays: 30, tracesDays: 1 }, database.sql, clock).run();
    const kept = events.filter(({ startedAtMs }) => startedAtMs >= edgeMs);
    const query = { tenantId: null, interval: null, timeZone: 'UTC', fromMs: 0, toMs: Infinity, filters: {} };
    for (const groupBy of [['status'], ['user'], ['tag:team']] satisfies UsageDimension[][])
      await expectReport(kept, { ...query, groupBy });
  });
});
