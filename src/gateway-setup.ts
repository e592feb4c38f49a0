import type { DataSource } from 'typeorm';
import type { Clock } from './common/clock.port.js';
import type { GatewayConfig } from './config/gateway-config.js';
import type { SqlClient } from './storage/database/sql-client.port.js';
import type { SecretBox } from './storage/encryption/secret-box.js';
import type { RedisConnection } from './storage/redis/redis-client.js';

/** What exists before the application: settings, connections, keys. */
export interface GatewaySetup {
  config: GatewayConfig;
  databaseUrl: string;
  dataSource: DataSource;
  /** See LOOKUP_DATA_SOURCE. */
  lookupDataSource: DataSource;
  sqlClient: SqlClient;
  secretBox: SecretBox;
  /** Null: everything lives in this process. */
  redis: RedisConnection | null;
  clock: Clock;
}
