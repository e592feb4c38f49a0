import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK } from './common/clock.port.js';
import { GATEWAY_CONFIG } from './config/gateway-config.js';
import type { GatewaySetup } from './gateway-setup.js';
import { DrainState } from './health/drain-state.js';
import { REDIS_HEALTH, type RedisHealth } from './health/redis-health.port.js';
import { LOOKUP_DATA_SOURCE } from './storage/database/lookup-data-source.port.js';
import { SQL_CLIENT } from './storage/database/sql-client.port.js';
import { SecretBox } from './storage/encryption/secret-box.js';
import { REDIS_CONNECTION } from './storage/redis/redis-client.js';

/** What every component may ask for: settings, clock, connections. Made before the application, ended after it. */
@Global()
@Module({})
export class InfrastructureModule {
  static forRoot(setup: GatewaySetup): DynamicModule {
    const redisHealth: RedisHealth = {
      describe: () => (setup.redis === null ? 'unused' : setup.redis.isHealthy() ? 'up' : 'down'),
    };
    const providers = [
      { provide: GATEWAY_CONFIG, useValue: setup.config },
      { provide: CLOCK, useValue: setup.clock },
      { provide: DataSource, useValue: setup.dataSource },
      { provide: LOOKUP_DATA_SOURCE, useValue: setup.lookupDataSource },
      { provide: SQL_CLIENT, useValue: setup.sqlClient },
      { provide: SecretBox, useValue: setup.secretBox },
      { provide: REDIS_CONNECTION, useValue: setup.redis },
      { provide: REDIS_HEALTH, useValue: redisHealth },
      DrainState,
    ];
    return { module: InfrastructureModule, providers, exports: providers };
  }
}
