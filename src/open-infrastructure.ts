import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { assertSomebodyMayAdminister } from './admin/access/assert-somebody-may-administer.js';
import { createLocalActor } from './admin/access/local-actor.js';
import { AuditService } from './admin/audit/audit.service.js';
import { recordImport } from './admin/configuration/record-import.js';
import { type Clock, SystemClock } from './common/clock.port.js';
import type { GatewayConfig } from './config/gateway-config.js';
import type { DeclarativeConfig } from './config/declarative/declarative-config.js';
import type { GatewaySetup } from './gateway-setup.js';
import { createDataSource, createLookupDataSource, runMigrations } from './storage/database/data-source.js';
import type { ImpatientClient } from './storage/database/impatient-client.js';
import { PgSqlClient } from './storage/database/pg-sql-client.js';
import { ProcessLock } from './storage/database/process-lock.js';
import { waitForPostgres } from './storage/database/wait-for-postgres.js';
import { checkEncryptionCanary } from './storage/encryption/check-canary.js';
import { SecretBox } from './storage/encryption/secret-box.js';
import { openRedis } from './storage/redis/redis-client.js';
import { waitForRedis } from './storage/redis/wait-for-redis.js';
import { applyDeclarativeConfig } from './tenancy/apply-declarative-config.js';

const POOL_SIZE = 10;
/** Orchestrators start PostgreSQL and its clients at the same moment. */
const POSTGRES_PATIENCE_MS = 30_000;
/** So that a Redis which is there counts from the first request on; one that is not shows as degraded. */
const REDIS_PATIENCE_MS = 2_000;
/**
 * What is recorded has been written by the time that the pools close, or waits in the journal. A statement that hangs then, at a
 * lock that somebody else's transaction holds for one, would keep its pool open and the process from its end.
 */
const STATEMENT_GRACE_MS = 2_000;

export interface InfrastructureOptions {
  config: GatewayConfig;
  databaseUrl: string;
  encryptionKeys: readonly Buffer[];
  /** Rows to bring into the database before the first snapshot is read; null: what is there stays. */
  declarative: { config: DeclarativeConfig; managedBy: 'file' | 'demo' } | null;
  clock?: Clock;
  /** Another process took this one's place. */
  onLockLost: () => void;
  /** Told why the start takes longer, and what is missing. */
  onNotice?: (text: string) => void;
  /** Ends the waiting for PostgreSQL. */
  signal?: AbortSignal;
}

export interface Infrastructure {
  setup: GatewaySetup;
  close(): Promise<void>;
}

/**
 * Opens what the application stands on: PostgreSQL (waited for, migrated, encryption keys checked), Redis or the
 * single-process lock, and the declarative configuration applied.
 * @throws with a reason that a person can act on.
 */
export async function openInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const { config, databaseUrl, onNotice = () => undefined } = options;
  await waitForPostgres({
    databaseUrl,
    patienceMs: POSTGRES_PATIENCE_MS,
    onWait: onNotice,
    signal: options.signal,
  });
  const peers = new Set<ImpatientClient>();
  const dataSource = createDataSource({ databaseUrl, poolSize: POOL_SIZE, peers });
  const lookupDataSource = createLookupDataSource({ databaseUrl, peers });
  await dataSource.initialize();
  const lock = config.redisUrl === null ? new ProcessLock(databaseUrl, options.onLockLost) : null;
  const redis = config.redisUrl === null ? null : openRedis(config.redisUrl, config.redisTimeoutMs);
  const close = async (): Promise<void> => {
    await redis?.close();
    await lock?.release();
    const abandonment = setTimeout(() => peers.forEach((peer) => peer.abandon()), STATEMENT_GRACE_MS);
    if (lookupDataSource.isInitialized) await lookupDataSource.destroy();
    await dataSource.destroy();
    clearTimeout(abandonment);
  };
  try {
    await lock?.acquire();
    const secretBox = await prepareDatabase(dataSource, options);
    await lookupDataSource.initialize();
    if (redis !== null && !(await waitForRedis(redis.commands, REDIS_PATIENCE_MS))) {
      onNotice('Redis does not answer; limits and caches are local to this process until it does');
    }
    const sqlClient = new PgSqlClient(findPool(dataSource));
    const clock = options.clock ?? new SystemClock();
    return {
      setup: { config, databaseUrl, dataSource, lookupDataSource, sqlClient, secretBox, redis, clock },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function prepareDatabase(
  dataSource: DataSource,
  { config, encryptionKeys, declarative, clock = new SystemClock() }: InfrastructureOptions,
): Promise<SecretBox> {
  await runMigrations(dataSource);
  if (config.adminToken === null) await assertSomebodyMayAdminister(dataSource, clock);
  const secretBox = new SecretBox(encryptionKeys);
  await checkEncryptionCanary(dataSource, secretBox);
  if (declarative !== null) {
    const audit = new AuditService(clock);
    const actor = createLocalActor(declarative.managedBy);
    await applyDeclarativeConfig(dataSource, secretBox, {
      ...declarative,
      record: (manager, applied) => recordImport(audit, { manager, actor, applied }),
    });
  }
  return secretBox;
}

/** TypeORM's own pool, so that one bound holds for all that is no look-up. */
function findPool(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { master: Pool }).master;
}
