import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { type Clock, SystemClock } from './common/clock.port.js';
import type { GatewayConfig } from './config/gateway-config.js';
import type { DeclarativeConfig } from './config/declarative/declarative-config.js';
import type { GatewaySetup } from './gateway-setup.js';
import { createDataSource, runMigrations } from './storage/database/data-source.js';
import { PgSqlClient } from './storage/database/pg-sql-client.js';
import { ProcessLock } from './storage/database/process-lock.js';
import { checkEncryptionCanary } from './storage/encryption/check-canary.js';
import { SecretBox } from './storage/encryption/secret-box.js';
import { openRedis } from './storage/redis/redis-client.js';
import { applyDeclarativeConfig } from './tenancy/apply-declarative-config.js';

const POOL_SIZE = 10;

export interface InfrastructureOptions {
  config: GatewayConfig;
  databaseUrl: string;
  encryptionKeys: readonly Buffer[];
  /** Rows to bring into the database before the first snapshot is read; null: what is there stays. */
  declarative: { config: DeclarativeConfig; managedBy: 'file' | 'demo' } | null;
  clock?: Clock;
  /** Another process took this one's place. */
  onLockLost: () => void;
}

export interface Infrastructure {
  setup: GatewaySetup;
  close(): Promise<void>;
}

/**
 * Opens what the application stands on: PostgreSQL (migrated, encryption keys checked), Redis or the single-process lock,
 * and the declarative configuration applied.
 * @throws with a reason that a person can act on.
 */
export async function openInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const { config, databaseUrl } = options;
  const dataSource = createDataSource({ databaseUrl, poolSize: POOL_SIZE });
  await dataSource.initialize();
  const lock = config.redisUrl === null ? new ProcessLock(databaseUrl, options.onLockLost) : null;
  try {
    await lock?.acquire();
    await runMigrations(dataSource);
    const secretBox = new SecretBox(options.encryptionKeys);
    await checkEncryptionCanary(dataSource, secretBox);
    if (options.declarative !== null) await applyDeclarativeConfig(dataSource, secretBox, options.declarative);
    const redis = config.redisUrl === null ? null : openRedis(config.redisUrl);
    const setup: GatewaySetup = {
      config,
      databaseUrl,
      dataSource,
      sqlClient: new PgSqlClient(findPool(dataSource)),
      secretBox,
      redis,
      clock: options.clock ?? new SystemClock(),
    };
    return {
      setup,
      close: async () => {
        await redis?.close();
        await lock?.release();
        await dataSource.destroy();
      },
    };
  } catch (error) {
    await lock?.release();
    await dataSource.destroy();
    throw error;
  }
}

/** TypeORM's own pool, so that one bound holds for all of the process's connections. */
function findPool(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { master: Pool }).master;
}
