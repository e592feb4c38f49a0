import { Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config/gateway-config.js';
import { LOOKUP_DATA_SOURCE } from '../storage/database/lookup-data-source.port.js';
import { SecretBox } from '../storage/encryption/secret-box.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ChangeFeedMaintenance } from './change-feed-maintenance.service.js';
import { ConfigChangeListener } from './config-change-listener.js';
import { ConfigSnapshotRepository } from './config-snapshot.repository.js';
import { ConfigStore } from './config-store.js';
import { KeyDirectory } from './key-directory.js';

/** Tenants, keys, and the configuration snapshot that the data plane decides by. */
@Module({
  providers: [
    ApiKeyRepository,
    KeyDirectory,
    ConfigStore,
    ConfigChangeListener,
    ChangeFeedMaintenance,
    ApiKeyGuard,
    {
      provide: ConfigSnapshotRepository,
      useFactory: (dataSource: DataSource, secretBox: SecretBox, config: GatewayConfig) =>
        new ConfigSnapshotRepository(dataSource, secretBox, config.upstreamTimeouts),
      inject: [LOOKUP_DATA_SOURCE, SecretBox, GATEWAY_CONFIG],
    },
  ],
  exports: [KeyDirectory, ConfigStore, ConfigChangeListener, ApiKeyGuard],
})
export class TenancyModule {}
