import { DataSource } from 'typeorm';
import { Configuration1760000000100 } from '../../../migrations/1760000000100-configuration.js';
import { UsageAndTraces1760000000200 } from '../../../migrations/1760000000200-usage-and-traces.js';
import { Administration1760000000300 } from '../../../migrations/1760000000300-administration.js';
import { KeySuccessors1760000000400 } from '../../../migrations/1760000000400-key-successors.js';
import { KeyLineages1760000000500 } from '../../../migrations/1760000000500-key-lineages.js';
import { ADVISORY_LOCKS } from './advisory-locks.js';
import { ALL_ENTITIES } from './entities/all-entities.js';

const ALL_MIGRATIONS = [
  Configuration1760000000100,
  UsageAndTraces1760000000200,
  Administration1760000000300,
  KeySuccessors1760000000400,
  KeyLineages1760000000500,
];

export interface DataSourceOptions {
  databaseUrl: string;
  poolSize: number;
}

/** TypeORM on pg. Nothing is synchronised: the schema is what the migrations made. */
export function createDataSource({ databaseUrl, poolSize }: DataSourceOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: ALL_ENTITIES,
    migrations: ALL_MIGRATIONS,
    migrationsTransactionMode: 'all',
    synchronize: false,
    applicationName: 'tokenpak-gateway',
    poolSize,
    connectTimeoutMS: 5_000,
    extra: { statement_timeout: 60_000, idle_in_transaction_session_timeout: 60_000 },
  });
}

/** Runs what is missing. Any process may: the lock makes the others wait and find nothing left to do. */
export async function runMigrations(dataSource: DataSource): Promise<void> {
  const lockHolder = dataSource.createQueryRunner();
  try {
    await lockHolder.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCKS.migration]);
    await dataSource.runMigrations();
  } finally {
    await lockHolder.query('SELECT pg_advisory_unlock($1)', [ADVISORY_LOCKS.migration]);
    await lockHolder.release();
  }
}
