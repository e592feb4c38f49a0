import { describePartition, ensurePartitions, type PartitionedTable } from './ensure-partitions.js';
import { insertUsage } from './insert-usage.js';
import { createTestDatabase, createUsageEvent, type TestDatabase } from './ledger.spec-support.js';
import { encodeUsageEvent } from './usage-record.js';
import { UsageRepository } from './usage.repository.js';

const NOW = Date.UTC(2026, 10, 15);
const LEDGER: PartitionedTable = {
  name: 'usage_ledger',
  timeColumn: 'started_at',
  unit: 'month',
  ahead: 2,
  retentionDays: 60,
  storage: '',
};

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await database.drop();
});

async function listPartitionNames(table: string): Promise<string[]> {
  const result = await database.pool.query<{ name: string }>(
    'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
    [table],
  );
  return result.rows.map(({ name }) => name);
}

function record(startedAtMs: number): string {
  return encodeUsageEvent(createUsageEvent({ startedAtMs }));
}

describe('ensurePartitions', () => {
  it('makes the current month and those ahead, over the end of the year, however often it runs', async () => {
    await ensurePartitions(database.sql, LEDGER, NOW);
    await Promise.all([
      ensurePartitions(database.sql, LEDGER, NOW),
      ensurePartitions(database.sql, LEDGER, NOW),
    ]);
    expect(await listPartitionNames('usage_ledger')).toEqual([
      'usage_ledger_default',
      'usage_ledger_p202611',
      'usage_ledger_p202612',
      'usage_ledger_p202701',
    ]);
  });

  it('moves rows that came before their partition, and a replay of them still changes nothing', async () => {
    const payloads = [record(NOW), record(Date.UTC(2026, 11, 1)), record(Date.UTC(2026, 7, 1))];
    await insertUsage(database.sql, payloads, () => undefined);
    await ensurePartitions(database.sql, { ...LEDGER, retentionDays: 365 }, NOW);
    expect(await insertUsage(database.sql, payloads, () => undefined)).toBe(0);
    const counts = await database.pool.query(
      'SELECT tableoid::regclass::text AS name FROM usage_ledger ORDER BY started_at',
    );
    expect(counts.rows.map((row: { name: string }) => row.name)).toEqual([
      'usage_ledger_default',
      'usage_ledger_p202611',
      'usage_ledger_p202612',
    ]);
  });

  it('drops what is older than the retention and keeps the rest', async () => {
    await ensurePartitions(database.sql, LEDGER, NOW);
    await insertUsage(database.sql, [record(NOW), record(Date.UTC(2027, 0, 20)), record(1)], () => undefined);
    await ensurePartitions(database.sql, LEDGER, Date.UTC(2027, 0, 20));
    const query = { tenantId: null, fromMs: 0, toMs: Infinity, filters: {}, after: null, limit: 10 };
    const rows = await new UsageRepository(database.sql).listLedger(query);
    expect(rows.map((row) => row.startedAtMs)).toEqual([Date.UTC(2026, 10, 15), Date.UTC(2027, 0, 20)]);
    await ensurePartitions(database.sql, LEDGER, Date.UTC(2027, 2, 10));
    expect(await listPartitionNames('usage_ledger')).not.toContain('usage_ledger_p202611');
  });

  it('gives up on a partition that a report reads, keeps nobody waiting then, and drops it the next time', async () => {
    await ensurePartitions(database.sql, LEDGER, NOW);
    const report = await database.pool.connect();
    await report.query('BEGIN');
    await report.query('SELECT count(*) FROM usage_ledger');
    const later = Date.UTC(2027, 1, 10);
    // Nothing is made ahead, so that dropping is all that there is to do.
    await expect(ensurePartitions(database.sql, { ...LEDGER, ahead: -1 }, later)).rejects.toThrow(
      'lock timeout',
    );
    expect(await listPartitionNames('usage_ledger')).toContain('usage_ledger_p202611');
    expect(await insertUsage(database.sql, [record(NOW)], () => undefined)).toBe(1);
    await report.query('COMMIT');
    report.release();
    await ensurePartitions(database.sql, LEDGER, later);
    expect(await listPartitionNames('usage_ledger')).not.toContain('usage_ledger_p202611');
  }, 30_000);

  it('names daily partitions by their day', () => {
    const partition = describePartition({ name: 'traces', unit: 'day' }, Date.UTC(2026, 1, 28, 23), 1);
    expect(partition).toEqual({
      name: 'traces_p20260301',
      from: new Date('2026-03-01'),
      to: new Date('2026-03-02'),
    });
  });
});

describe('the migration', () => {
  it('can be undone and done again', async () => {
    await ensurePartitions(database.sql, LEDGER, NOW);
    await database.migration.down();
    const left = await database.pool.query(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(usage|traces)'`,
    );
    expect(left.rows).toEqual([]);
    await database.migration.up();
  });
});
