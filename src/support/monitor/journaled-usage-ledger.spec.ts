import fs from 'node:fs';
import fc from 'fast-check';
import { Pool } from 'pg';
import type { Dialect } from '../../chat/dialect.js';
import { createId, type KeyId } from '../../common/ids.js';
import type { SqlClient } from '../../storage/database/sql-client.port.js';
import { insertUsage } from './insert-usage.js';
import { createLockedDirectory } from './journal-directory.js';
import { Journal } from './journal.js';
import { JournaledUsageLedger } from './journaled-usage-ledger.js';
import {
  createTestDatabase,
  truncateUsage,
  createTestDirectory,
  createUsageEvent,
  type TestDatabase,
} from './ledger.spec-support.js';
import type { UsageEvent } from './usage-event.js';
import type { UsageDimension, UsageFilters, UsageInterval, UsageRow } from './usage-query.js';
import { decodeUsageEvent, encodeUsageEvent } from './usage-record.js';
import { UsageRepository } from './usage.repository.js';

let database: TestDatabase;
let journalDir: string;
let ledgers: JournaledUsageLedger[];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(() => {
  journalDir = createTestDirectory();
  ledgers = [];
});

afterEach(async () => {
  for (const ledger of ledgers) await ledger.close();
  fs.rmSync(journalDir, { recursive: true, force: true });
});

/** A ledger that writes only when it is told to, unless many events wait. */
function openLedger(sql: SqlClient = database.sql): JournaledUsageLedger {
  const options = { journalDir, maxJournalBytes: 1 << 30, flushIntervalMs: 3_600_000 };
  const ledger = new JournaledUsageLedger(options, sql, new UsageRepository(sql));
  ledger.open();
  ledgers.push(ledger);
  return ledger;
}

/** PostgreSQL that can be taken away, before or after it executed a statement. */
class BreakableSql implements SqlClient {
  mode: 'up' | 'down' | 'loses-answers' = 'up';

  constructor(private readonly sql: SqlClient) {}

  async query<Row>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    if (this.mode === 'down') throw new Error('connection refused');
    const rows = await this.sql.query<Row>(text, params);
    if (this.mode === 'loses-answers') throw new Error('connection lost');
    return rows;
  }

  transaction<Result>(work: (sql: SqlClient) => Promise<Result>): Promise<Result> {
    return this.sql.transaction(work);
  }
}

const usage = (): UsageRepository => new UsageRepository(database.sql);

async function listRows(tenantId: string): Promise<UsageEvent[]> {
  return usage().listLedger({
    tenantId,
    fromMs: 0,
    toMs: Infinity,
    filters: {},
    after: null,
    limit: 100_000,
  });
}

function createEvents(tenantId: string, count: number): UsageEvent[] {
  return Array.from({ length: count }, (_, n) =>
    createUsageEvent({ tenantId, startedAtMs: 1_790_000_000_000 + n * 7_000 }),
  );
}

async function readRollupRequests(tenantId: string): Promise<number> {
  const rows = await database.sql.query<{ sum: string }>(
    'SELECT coalesce(sum(requests), 0)::text AS sum FROM usage_rollup WHERE tenant_id = $1',
    [tenantId],
  );
  return Number(rows[0]?.sum);
}

const byId = (a: UsageEvent, b: UsageEvent): number => (a.id < b.id ? -1 : 1);

describe('JournaledUsageLedger', () => {
  it('writes each event as the row that it describes', async () => {
    const ledger = openLedger();
    const event = createUsageEvent({
      tags: { team: 'a "quoted" name', app: 'ü' },
      user: 'somebody',
      cacheReadTokens: null,
      reasoningTokens: 7,
      errorCode: 'upstream_error',
      costNanoUsd: '9007199254740993',
    });
    ledger.recordUsage(event);
    await ledger.flush();
    expect(await listRows(event.tenantId)).toEqual([event]);
  });

  it('counts an event once when two writers insert the same events at the same time', async () => {
    const tenantId = createUsageEvent().tenantId;
    const payloads = createEvents(tenantId, 2_000).map(encodeUsageEvent);
    const batches = (start: number): string[][] => {
      const rotated = [...payloads.slice(start), ...payloads.slice(0, start)];
      return Array.from({ length: 10 }, (_, n) => rotated.slice(n * 200, n * 200 + 200));
    };
    const write = async (start: number): Promise<void> => {
      for (const batch of batches(start)) await insertUsage(database.sql, batch, () => undefined);
    };
    await Promise.all([write(0), write(0), write(700), write(1_300)]);
    expect(await listRows(tenantId)).toHaveLength(2_000);
    expect(await readRollupRequests(tenantId)).toBe(2_000);
  });

  it('replays the journal of a process that died, without doubling what it had written', async () => {
    const tenantId = createUsageEvent().tenantId;
    const events = createEvents(tenantId, 1_200);
    const options = {
      maxBytes: 1e9,
      maxSegmentBytes: 50_000,
      maxMemoryRecords: 100,
      onDamaged: () => undefined,
    };
    const journal = new Journal(createLockedDirectory(journalDir, 'dead'), options);
    for (const event of events) journal.append(encodeUsageEvent(event));
    journal.close();
    await insertUsage(database.sql, events.slice(0, 500).map(encodeUsageEvent), () => undefined);
    const ledger = openLedger();
    await ledger.flush();
    expect((await listRows(tenantId)).sort(byId)).toEqual(events.sort(byId));
    expect(await readRollupRequests(tenantId)).toBe(1_200);
    expect(fs.existsSync(`${journalDir}/dead`)).toBe(false);
  });

  it('keeps events while PostgreSQL is down, and writes all of them once it is back', async () => {
    const sql = new BreakableSql(database.sql);
    const ledger = openLedger(sql);
    const tenantId = createUsageEvent().tenantId;
    sql.mode = 'down';
    const events = createEvents(tenantId, 1_300);
    for (const event of events) ledger.recordUsage(event);
    await expect(ledger.flush()).rejects.toThrow('connection refused');
    expect(ledger.isWritable()).toBe(true);
    expect(ledger.backlog.records).toBe(1_300);
    sql.mode = 'up';
    await ledger.flush();
    expect((await listRows(tenantId)).length).toBe(1_300);
    expect(ledger.backlog.records).toBe(0);
  });

  it('survives a server that throws it out and comes back', async () => {
    const tenantId = createUsageEvent().tenantId;
    const outage = await createTestDatabase();
    const server = new Pool({ connectionString: process.env.TEST_DATABASE_URL, max: 1 });
    const name = new URL(outage.url).pathname.slice(1);
    const ledger = openLedger(outage.sql);
    const events = createEvents(tenantId, 3_000);
    for (const event of events.slice(0, 1_000)) ledger.recordUsage(event);
    await server.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    for (const event of events.slice(1_000)) ledger.recordUsage(event);
    await expect(ledger.flush()).rejects.toThrow();
    expect(ledger.backlog.records).toBeGreaterThan(0);
    await server.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    await ledger.flush();
    const rows = await outage.pool.query<{ rows: number; requests: number }>(
      'SELECT (SELECT count(*)::int FROM usage_ledger) AS rows, (SELECT sum(requests)::int FROM usage_rollup) AS requests',
    );
    await ledger.close();
    await outage.drop();
    await server.end();
    expect(rows.rows).toEqual([{ rows: 3_000, requests: 3_000 }]);
  });

  it('counts an event once when the answer to a commit was lost', async () => {
    const sql = new BreakableSql(database.sql);
    const ledger = openLedger(sql);
    const tenantId = createUsageEvent().tenantId;
    for (const event of createEvents(tenantId, 50)) ledger.recordUsage(event);
    sql.mode = 'loses-answers';
    await expect(ledger.flush()).rejects.toThrow('connection lost');
    sql.mode = 'up';
    const spent = await ledger.findSpent(tenantId, {}, 0, Infinity);
    expect(spent).toEqual({ costNanoUsd: 50n * 123_456n, tokens: 50n * 125n });
    expect(await readRollupRequests(tenantId)).toBe(50);
  });

  it('leaves unwritten events to the next process when PostgreSQL stays down until the end', async () => {
    const sql = new BreakableSql(database.sql);
    const first = openLedger(sql);
    const tenantId = createUsageEvent().tenantId;
    sql.mode = 'down';
    for (const event of createEvents(tenantId, 30)) first.recordUsage(event);
    await first.close(200);
    const second = openLedger();
    await second.flush();
    expect(await listRows(tenantId)).toHaveLength(30);
  });

  it('sets aside a record that PostgreSQL refuses and writes the others of its batch', async () => {
    const ledger = openLedger();
    const tenantId = createUsageEvent().tenantId;
    const events = createEvents(tenantId, 20);
    const refused = createUsageEvent({ tenantId, keyId: 'not-a-uuid' });
    for (const event of [...events.slice(0, 10), refused, ...events.slice(10)]) ledger.recordUsage(event);
    await ledger.flush();
    expect(await listRows(tenantId)).toHaveLength(20);
    expect(fs.readFileSync(`${journalDir}/rejected.jsonl`, 'utf8')).toBe(`${encodeUsageEvent(refused)}\n`);
    expect(ledger.rejectedRecords).toBe(1);
  });

  it('loses nothing when partitions are attached under a record that is on its way, table by table', async () => {
    const ledger = openLedger();
    const { tenantId } = createUsageEvent();
    const startedAtMs = Date.UTC(2031, 4, 15);
    const attach = async (table: string) => {
      const client = await database.pool.connect();
      await client.query('BEGIN');
      await client.query(`CREATE TABLE ${table}_p203105 (LIKE ${table} INCLUDING ALL)`);
      await client.query(`LOCK TABLE ${table}_default IN ACCESS EXCLUSIVE MODE`);
      await client.query(
        `ALTER TABLE ${table} ATTACH PARTITION ${table}_p203105 FOR VALUES FROM ('2031-05-01Z') TO ('2031-06-01Z')`,
      );
      return async () => {
        await client.query('COMMIT');
        client.release();
      };
    };
    const commits = [await attach('usage_ledger'), await attach('usage_tenant_rollup')];
    ledger.recordUsage(createUsageEvent({ tenantId, startedAtMs }));
    const flushed = ledger.flush();
    for (const commit of commits) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await commit();
    }
    // Not even an attempt that fails: nobody has to hear of it.
    await flushed;
    expect(await listRows(tenantId)).toHaveLength(1);
    expect(ledger.rejectedRecords).toBe(0);
  });

  it('writes the others of a batch although the disk has no room for what PostgreSQL refuses', async () => {
    const ledger = openLedger();
    const { tenantId } = createUsageEvent();
    fs.mkdirSync(`${journalDir}/rejected.jsonl`);
    ledger.recordUsage(createUsageEvent({ tenantId, keyId: 'not-a-uuid' }));
    for (const event of createEvents(tenantId, 3)) ledger.recordUsage(event);
    await ledger.flush();
    expect(await listRows(tenantId)).toHaveLength(3);
    expect(ledger.backlog.records).toBe(0);
  });

  it('goes on beside a journal that it may not open', async () => {
    fs.mkdirSync(`${journalDir}/foreign/lock`, { recursive: true });
    const ledger = openLedger();
    const { tenantId } = createUsageEvent();
    for (const event of createEvents(tenantId, 3)) ledger.recordUsage(event);
    expect(await ledger.findSpent(tenantId, {}, 0, Infinity)).toEqual({
      costNanoUsd: 3n * 123_456n,
      tokens: 3n * 125n,
    });
  });

  it('sums exactly what was spent, whether in PostgreSQL, in the journal or arriving meanwhile', async () => {
    const ledger = openLedger();
    const tenantId = createId();
    const keyId = createId<KeyId>();
    const fromMs = Date.UTC(2026, 3, 1);
    let expected = 0n;
    for (let n = 0; n < 40; n++) {
      const costNanoUsd = String(n + 1);
      const startedAtMs = fromMs + n * 60_000;
      const own = createUsageEvent({
        tenantId,
        keyId,
        costNanoUsd,
        startedAtMs,
        tags: { team: n % 2 ? 'a' : 'b' },
      });
      ledger.recordUsage(own);
      ledger.recordUsage(createUsageEvent({ tenantId, startedAtMs }));
      expected += BigInt(n + 1);
      const spent = await ledger.findSpent(tenantId, { keyId }, fromMs, fromMs + n * 60_000 + 1);
      expect(spent.costNanoUsd).toBe(expected);
    }
    const tagged = await ledger.findSpent(tenantId, { keyId, tag: 'team=a' }, 0, Infinity);
    expect(tagged.costNanoUsd).toBe(420n);
    const outside = await ledger.findSpent(tenantId, { keyId }, 0, fromMs);
    expect(outside).toEqual({ costNanoUsd: 0n, tokens: 0n });
  });

  it('counts what is pending while other batches are on their way', async () => {
    const ledger = openLedger();
    const tenantId = createUsageEvent().tenantId;
    const events = createEvents(tenantId, 5_000);
    let recorded = 0;
    for (const event of events) {
      ledger.recordUsage(event);
      recorded++;
      if (recorded % 1_250 !== 0) continue;
      const spent = await ledger.findSpent(tenantId, {}, 0, Infinity);
      expect(spent.costNanoUsd).toBe(BigInt(recorded) * 123_456n);
    }
  });
});

describe('a usage record', () => {
  it('carries every event unchanged', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 }),
        (text, tags) => {
          const plain = /^[^\p{C}]*$/u;
          fc.pre(plain.test(text) && Object.entries(tags).every(([name, value]) => plain.test(name + value)));
          const event = createUsageEvent({ model: text, user: text, tags });
          expect(decodeUsageEvent(encodeUsageEvent(event))).toEqual(event);
        },
      ),
    );
  });

  it('is accepted by PostgreSQL whatever a client put into names, tags and counts', async () => {
    const rejected: string[] = [];
    const { tenantId } = createUsageEvent();
    const nasty = ['\u0000', '\ud800 lone', 'x'.repeat(1_000_000), '\t\n"\\u0000', '"],["', '\u2028'];
    const events = nasty.map((text) =>
      createUsageEvent({
        tenantId,
        model: text,
        user: text,
        tags: { [text]: text },
        inputTokens: 1.5,
        outputTokens: -1,
      }),
    );
    const count = await insertUsage(database.sql, events.map(encodeUsageEvent), (text) =>
      rejected.push(text),
    );
    expect(rejected).toEqual([]);
    expect(count).toBe(nasty.length);
    expect(
      (await listRows(tenantId)).every((row) => row.inputTokens === null && row.outputTokens === null),
    ).toBe(true);
  });
});

const TENANTS = Array.from({ length: 2 }, () => createUsageEvent().tenantId);
const KEYS = Array.from({ length: 3 }, () => createUsageEvent().keyId);
const PROVIDERS = [null, createUsageEvent().providerId];
const START = Date.UTC(2026, 2, 27, 22);

const eventArbitrary = fc.record({
  // Dense around one midnight, sparse over the days before and after a change to summer time.
  startedAtMs: fc.oneof(
    fc.integer({ min: START + 7_200_000, max: START + 10_800_000 }),
    fc.integer({ min: START, max: START + 5 * 86_400_000 }),
  ),
  tenantId: fc.constantFrom(...TENANTS),
  keyId: fc.constantFrom(...KEYS),
  providerId: fc.constantFrom(...PROVIDERS),
  model: fc.constantFrom('a', 'b'),
  status: fc.constantFrom(200, 201, 404, 429, 500, 499),
  cache: fc.constantFrom<UsageEvent['cache']>('hit', 'shared', 'miss', 'off'),
  inputTokens: fc.option(fc.nat()),
  outputTokens: fc.option(fc.nat()),
  costNanoUsd: fc.option(fc.bigInt(0n, 10n ** 15n).map(String)),
  durationMs: fc.nat().map((us) => us / 1000),
  user: fc.constantFrom(null, 'u1', 'u2'),
  tags: fc.constantFrom<Record<string, string>>({}, { team: 'x' }, { team: 'y', app: 'z' }),
  dialect: fc.constant<Dialect>('openai-chat'),
});

const rollupDimension = fc.constantFrom<UsageDimension>('tenant', 'key', 'model', 'provider', 'status');
const ledgerDimension = fc.constantFrom<UsageDimension>('user', 'tag:team', 'key');
const rollupFilters = fc.record<UsageFilters>(
  { keyId: fc.constantFrom(...KEYS), model: fc.constant('a'), statusClass: fc.constantFrom(2, 4) },
  { requiredKeys: [] },
);
const ledgerFilters = fc.record<UsageFilters>(
  { keyId: fc.constantFrom(...KEYS), tag: fc.constant('team=x'), user: fc.constant('u1') },
  { requiredKeys: [] },
);

function createQueryArbitrary(dimension: typeof rollupDimension, filters: typeof rollupFilters) {
  return fc.record({
    tenantId: fc.constantFrom(null, null, ...TENANTS),
    groupBy: fc.uniqueArray(dimension, { maxLength: 3 }),
    interval: fc.constantFrom<UsageInterval | null>(null, 'hour', 'day', 'month'),
    fromMs: fc.oneof(
      fc.integer({ min: START + 6_000_000, max: START + 10_800_000 }),
      fc.integer({ min: START - 3_600_000, max: START + 3 * 86_400_000 }),
    ),
    spanMs: fc.oneof(fc.integer({ min: 900_000, max: 4_000_000 }), fc.nat(5 * 86_400_000)),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns'),
    filters: fc.oneof(fc.constant<UsageFilters>({}), filters),
  });
}

const queryArbitrary = fc.oneof(
  { weight: 3, arbitrary: createQueryArbitrary(rollupDimension, rollupFilters) },
  { weight: 1, arbitrary: createQueryArbitrary(ledgerDimension, ledgerFilters) },
);

const DIMENSION_SQL: Record<string, string> = {
  tenant: 'tenant_id::text',
  key: 'key_id::text',
  model: 'model',
  provider: 'provider_id::text',
  status: `(status / 100) || 'xx'`,
  user: 'end_user',
  'tag:team': `tags ->> 'team'`,
};

describe('UsageRepository', () => {
  let own: TestDatabase;

  beforeAll(async () => {
    own = await createTestDatabase();
  });

  afterAll(async () => {
    await own.drop();
  });

  it('reports exactly what the ledger rows add up to, for any events, range, grouping and time zone', async () => {
    const repository = new UsageRepository(own.sql);
    await fc.assert(
      fc.asyncProperty(
        fc.array(eventArbitrary, { minLength: 60, maxLength: 120, size: 'max' }),
        fc.array(queryArbitrary, { minLength: 20, maxLength: 20 }),
        async (changes, queries) => {
          await truncateUsage(own);
          const payloads = changes.map((change) => encodeUsageEvent(createUsageEvent(change)));
          // Overlapping batches: what is inserted twice must not count twice.
          await insertUsage(own.sql, payloads.slice(0, 80), () => undefined);
          await insertUsage(own.sql, payloads.slice(40), () => undefined);
          for (const { spanMs, ...query } of queries) {
            const range = { ...query, toMs: query.fromMs + spanMs };
            const reported = await repository.queryUsage(range);
            expect(reported.map(summarise).sort()).toEqual(await sumLedger(own, range));
          }
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('exports every row once, across pages', async () => {
    const { tenantId } = createUsageEvent();
    const startedAtMs = START;
    const events = Array.from({ length: 2_500 }, () => createUsageEvent({ tenantId, startedAtMs }));
    await insertUsage(own.sql, events.map(encodeUsageEvent), () => undefined);
    const ids: string[] = [];
    const query = { tenantId, fromMs: START, toMs: START + 1, filters: {} };
    for await (const row of new UsageRepository(own.sql).exportLedger(query)) ids.push(row.id);
    expect(ids).toEqual(events.map((event) => event.id).sort());
  });
});

function summarise(row: UsageRow): string {
  const { startMs, group, ...sums } = row;
  return JSON.stringify([startMs, Object.values(group), Object.values(sums).map(String)]);
}

/** The same report, straight from the rows, written independently. */
async function sumLedger(
  source: TestDatabase,
  query: Parameters<UsageRepository['queryUsage']>[0],
): Promise<string[]> {
  const { filters, interval, groupBy } = query;
  const start =
    interval === null
      ? 'NULL::bigint'
      : `(extract(epoch FROM date_trunc('${interval}', started_at, '${query.timeZone}')) * 1000)::bigint`;
  const columns = groupBy.map((dimension) => DIMENSION_SQL[dimension] ?? '');
  const result = await source.pool.query<{ start: string | null; dims: (string | null)[]; sums: string[] }>(
    `SELECT ${start} AS start, ARRAY[${columns.join(',')}]::text[] AS dims, ARRAY[count(*), count(*) FILTER (WHERE cache = 'hit'),
      count(*) FILTER (WHERE cache = 'shared'), count(*) FILTER (WHERE cost_nano_usd IS NULL),
      count(*) FILTER (WHERE input_tokens IS NULL OR output_tokens IS NULL), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
      coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0),
      coalesce(sum(cost_nano_usd), 0), coalesce(sum(duration_us), 0)]::text[] AS sums
     FROM usage_ledger
     WHERE started_at >= to_timestamp($1::float8 / 1000) AND started_at < to_timestamp($2::float8 / 1000)
       AND ($3::uuid IS NULL OR tenant_id = $3) AND ($4::uuid IS NULL OR key_id = $4) AND ($5::text IS NULL OR model = $5)
       AND ($6::int IS NULL OR status / 100 = $6) AND ($7::text IS NULL OR tags ->> 'team' = $7)
       AND ($8::text IS NULL OR end_user = $8)
     ${interval === null && groupBy.length === 0 ? '' : 'GROUP BY 1, 2'}`,
    [
      query.fromMs,
      query.toMs,
      query.tenantId,
      filters.keyId ?? null,
      filters.model ?? null,
      filters.statusClass ?? null,
      filters.tag?.split('=')[1] ?? null,
      filters.user ?? null,
    ],
  );
  return result.rows
    .map(({ start: at, dims, sums }) => {
      const values = [...sums.slice(0, -1), String(Number(sums.at(-1)) / 1000)];
      return JSON.stringify([at === null ? null : Number(at), dims, values]);
    })
    .sort();
}
