import { ADVISORY_LOCKS } from '../../storage/database/advisory-locks.js';
import type { SqlClient } from '../../storage/database/sql-client.port.js';
import type { UsageRollup } from './usage-rollups.js';

export interface PartitionedTable {
  name: 'usage_ledger' | 'usage_refusals' | UsageRollup['table'] | 'traces';
  timeColumn: string;
  unit: 'month' | 'day';
  /** Partitions made before they are needed. */
  ahead: number;
  /** Partitions whose newest possible row is older are dropped. */
  retentionDays: number;
  /** Storage parameters of each partition. */
  storage: string;
}

interface Partition {
  name: string;
  from: Date;
  to: Date;
}

/**
 * Attaching and dropping lock the table; better to try again later than to queue all inserts behind a long report. Detaching
 * first would take the same locks for as long: docs/adr/0021-old-partitions-are-dropped-attached.md.
 */
const LOCK_TIMEOUT = '2s';
/** Locks of a process that was cut off between two statements: no record could be written while they are held. */
const ABSENCE_TIMEOUT = '5s';
const DAY_MS = 86_400_000;

/**
 * Makes the partitions from the current one to `ahead` more, and drops those beyond retention. Idempotent; any process may
 * run it at any time. Rows that a missing partition left in the default one are moved into the new partition, and rows
 * beyond retention are deleted there.
 * @throws when PostgreSQL is down or a lock was not free in time; what was done until then stays.
 */
export async function ensurePartitions(
  sql: SqlClient,
  table: PartitionedTable,
  nowMs: number,
): Promise<void> {
  for (let step = 0; step <= table.ahead; step++) {
    const partition = describePartition(table, nowMs, step);
    await runMaintenance(sql, (client) => createPartition(client, table, partition));
  }
  // Whole days, so that the ledger keeps the rows of a bucket exactly as long as a roll-up keeps their sum.
  const keepFromMs = (Math.floor(nowMs / DAY_MS) - table.retentionDays) * DAY_MS;
  for (const partition of await listPartitions(sql, table)) {
    if (partition.to.getTime() > keepFromMs) continue;
    await runMaintenance(sql, (client) => client.query(`DROP TABLE IF EXISTS ${partition.name}`));
  }
  const old = `DELETE FROM ${table.name}_default WHERE ${table.timeColumn} < $1`;
  await sql.query(old, [new Date(keepFromMs)]);
}

function runMaintenance(sql: SqlClient, work: (client: SqlClient) => Promise<unknown>): Promise<void> {
  return sql.transaction(async (client) => {
    // One maintainer at a time in the whole database.
    await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.partitionMaintenance]);
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = '${ABSENCE_TIMEOUT}'`);
    await work(client);
  });
}

async function createPartition(sql: SqlClient, table: PartitionedTable, partition: Partition): Promise<void> {
  const [found] = await sql.query<{ name: string | null }>('SELECT to_regclass($1)::text AS name', [
    partition.name,
  ]);
  if (found?.name != null) return;
  const range = [partition.from.toISOString(), partition.to.toISOString()] as const;
  await sql.query(`CREATE TABLE ${partition.name} (LIKE ${table.name} INCLUDING ALL) ${table.storage}`);
  // Held until the commit, so that no row arrives in the default partition between the move and the attachment.
  await sql.query(`LOCK TABLE ${table.name}_default IN ACCESS EXCLUSIVE MODE`);
  await sql.query(
    `WITH moved AS (
      DELETE FROM ${table.name}_default WHERE ${table.timeColumn} >= $1 AND ${table.timeColumn} < $2 RETURNING *
    ) INSERT INTO ${partition.name} SELECT * FROM moved`,
    [...range],
  );
  await sql.query(
    `ALTER TABLE ${table.name} ATTACH PARTITION ${partition.name} FOR VALUES FROM ('${range[0]}') TO ('${range[1]}')`,
  );
}

/** The partition `step` units after the one that holds `nowMs`; boundaries are UTC. */
export function describePartition(
  table: Pick<PartitionedTable, 'name' | 'unit'>,
  nowMs: number,
  step: number,
): Partition {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const startOf = (units: number): Date =>
    new Date(table.unit === 'month' ? Date.UTC(year, month + units, 1) : Date.UTC(year, month, day + units));
  const from = startOf(step);
  const digits = from
    .toISOString()
    .slice(0, table.unit === 'month' ? 7 : 10)
    .replaceAll('-', '');
  return { name: `${table.name}_p${digits}`, from, to: startOf(step + 1) };
}

async function listPartitions(sql: SqlClient, table: PartitionedTable): Promise<Partition[]> {
  const rows = await sql.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = $1::regclass ORDER BY 1`,
    [table.name],
  );
  return rows.map(({ name }) => parsePartitionName(table, name)).filter((partition) => partition !== null);
}

function parsePartitionName(table: PartitionedTable, name: string): Partition | null {
  const match = /_p(\d{4})(\d{2})(\d{2})?$/.exec(name);
  if (match === null) return null;
  const [, year, month, day = '01'] = match;
  return describePartition(table, Date.parse(`${year}-${month}-${day}T00:00:00Z`), 0);
}
