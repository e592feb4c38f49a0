import { listPendingMigrations } from '../../storage/database/list-pending-migrations.js';
import type { OpenDatabase } from '../open-database.js';
import { broken, type Finding, ok, warn } from './finding.js';

const WARN_SKEW_MS = 1_000;
const BROKEN_SKEW_MS = 30_000;

export async function checkVersion({ sql }: OpenDatabase): Promise<Finding[]> {
  const [row] = await sql.query<{ server_version: string }>('SHOW server_version');
  return [ok('database', `PostgreSQL ${row?.server_version} answers`)];
}

export async function checkMigrations({ dataSource }: OpenDatabase): Promise<Finding[]> {
  const pending = await listPendingMigrations(dataSource);
  if (pending.length === 0) return [ok('migrations', 'the schema is that of this version')];
  const detail = `${pending.length} of this version have not run: ${pending.join(', ')}`;
  return [broken('migrations', detail, 'Run: npm run tokenpak -- migrate')];
}

/** Budget periods, expiry and the ledger go by the gateway's clock, change times by the database's. */
export async function checkClock({ sql }: OpenDatabase): Promise<Finding[]> {
  const beforeMs = Date.now();
  const [row] = await sql.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const skewMs = Math.round((row?.now.getTime() ?? Number.NaN) - (beforeMs + Date.now()) / 2);
  const detail = `the database's differs from this machine's by ${skewMs} ms`;
  const advice = 'Synchronise the clocks of both machines (NTP).';
  if (Math.abs(skewMs) > BROKEN_SKEW_MS) return [broken('clock', detail, advice)];
  return [Math.abs(skewMs) > WARN_SKEW_MS ? warn('clock', detail, advice) : ok('clock', detail)];
}
