import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { GatewayConfig } from '../config/gateway-config.js';
import { loadConfig } from '../config/load-config.js';
import { Teardown } from '../start/teardown.js';
import { createDataSource } from '../storage/database/data-source.js';
import { listPendingMigrations } from '../storage/database/list-pending-migrations.js';
import { PgSqlClient } from '../storage/database/pg-sql-client.js';
import type { SqlClient } from '../storage/database/sql-client.port.js';
import { waitForPostgres } from '../storage/database/wait-for-postgres.js';
import { checkEncryptionCanary } from '../storage/encryption/check-canary.js';
import { SecretBox } from '../storage/encryption/secret-box.js';
import type { Invocation } from './command.js';
import { locateDatabase } from './locate-database.js';

const POOL_SIZE = 3;

/** What commands work on; the application is not started for them. */
export interface OpenDatabase {
  config: GatewayConfig;
  databaseUrl: string;
  dataSource: DataSource;
  sql: SqlClient;
  secretBox: SecretBox;
}

interface OpenOptions {
  /** How long a PostgreSQL that is not there yet is waited for. */
  patienceMs?: number;
}

/**
 * Runs a command's work on the gateway's database, and closes it whatever happens.
 * @throws with a reason that a person can act on.
 */
export async function withDatabase<Result>(
  { env, terminal }: Invocation,
  work: (database: OpenDatabase) => Promise<Result>,
  { patienceMs = 0 }: OpenOptions = {},
): Promise<Result> {
  const teardown = new Teardown((error) => terminal.notify(`While closing: ${(error as Error).message}`));
  try {
    const onNotice = terminal.notify;
    const { config, databaseUrl } = await locateDatabase(loadConfig(env), { teardown, onNotice });
    await waitForPostgres({ databaseUrl, patienceMs, onWait: onNotice });
    const dataSource = createDataSource({ databaseUrl, poolSize: POOL_SIZE });
    await dataSource.initialize();
    teardown.add(() => dataSource.destroy());
    const sql = new PgSqlClient((dataSource.driver as unknown as { master: Pool }).master);
    return await work({
      config,
      databaseUrl,
      dataSource,
      sql,
      secretBox: new SecretBox(config.encryptionKeys),
    });
  } finally {
    await teardown.run();
  }
}

/** For commands that read or write rows: the schema must be this version's, and the encryption keys the database's. */
export function withReadyDatabase<Result>(
  invocation: Invocation,
  work: (database: OpenDatabase) => Promise<Result>,
): Promise<Result> {
  return withDatabase(invocation, async (database) => {
    const pending = await listPendingMigrations(database.dataSource);
    if (pending.length > 0) {
      throw new Error(
        `The database lacks ${pending.length} migration(s) of this version. Run: npm run tokenpak -- migrate`,
      );
    }
    await checkEncryptionCanary(database.dataSource, database.secretBox);
    return work(database);
  });
}
