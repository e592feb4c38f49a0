import { DataSource } from 'typeorm';
import { Configuration1760000000100 } from '../../../migrations/1760000000100-configuration.js';
import { UsageAndTraces1760000000200 } from '../../../migrations/1760000000200-usage-and-traces.js';
import { Administration1760000000300 } from '../../../migrations/1760000000300-administration.js';
import { KeySuccessors1760000000400 } from '../../../migrations/1760000000400-key-successors.js';
import { KeyLineages1760000000500 } from '../../../migrations/1760000000500-key-lineages.js';
import { ADVISORY_LOCKS } from './advisory-locks.js';
import { ALL_ENTITIES } from './entities/all-entities.js';
import { createClientClass, type ImpatientClient, KEEPALIVE } from './impatient-client.js';

/** In the order in which they run. */
export const ALL_MIGRATIONS = [
  Configuration1760000000100,
  UsageAndTraces1760000000200,
  Administration1760000000300,
  KeySuccessors1760000000400,
  KeyLineages1760000000500,
];

/** A statement may take this long: reports and migrations need it. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** Longer than any statement: whoever is silent for this long will not answer any more. */
const SILENCE_MS = 65_000;

/** A key or a change is known within milliseconds, or not for now. */
const LOOKUP_SILENCE_MS = 2_000;
/** So that what was given up does not pile up in a server that is there but slow. */
const LOOKUP_STATEMENT_TIMEOUT_MS = 10_000;
const LOOKUP_POOL_SIZE = 4;

export interface DataSourceOptions {
  databaseUrl: string;
  poolSize: number;
  /** Shared by the pools of one process, see ImpatientClient. */
  peers?: Set<ImpatientClient>;
}

/** TypeORM on pg. Nothing is synchronised: the schema is what the migrations made. */
export function createDataSource({
  databaseUrl,
  poolSize,
  peers = new Set<ImpatientClient>(),
}: DataSourceOptions): DataSource {
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
    extra: {
      ...KEEPALIVE,
      Client: createClientClass({ silenceMs: SILENCE_MS, peers }),
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: 60_000,
    },
  });
}

/**
 * For what must be known soon or not at all: cold keys, and the configuration's changes. A pool of its own, so that neither
 * long reports nor connections that hang keep a revocation waiting.
 */
export function createLookupDataSource({
  databaseUrl,
  peers,
}: Omit<Required<DataSourceOptions>, 'poolSize'>): DataSource {
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: ALL_ENTITIES,
    synchronize: false,
    applicationName: 'tokenpak-lookups',
    poolSize: LOOKUP_POOL_SIZE,
    connectTimeoutMS: LOOKUP_SILENCE_MS,
    extra: {
      ...KEEPALIVE,
      Client: createClientClass({ silenceMs: LOOKUP_SILENCE_MS, peers }),
      statement_timeout: LOOKUP_STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: LOOKUP_STATEMENT_TIMEOUT_MS,
    },
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
