import { hash } from 'node:crypto';
import { Module } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { monitor } from '../../wiring/monitor.js';
import { RateLimiterModule } from '../rate-limiter/rate-limiter.module.js';
import { REDIS_CONNECTION, type RedisConnection } from '../../storage/redis/redis-client.js';
import {
  CACHE_MANAGER_OPTIONS,
  type CacheManagerOptions,
  CacheManagerService,
} from './cache-manager.service.js';
import { CachedAnswersService } from './cached-answers.service.js';
import { NoSharedCacheStore, SHARED_CACHE_STORE, type SharedCacheStore } from './cache-store.port.js';
import { RedisSharedCacheStore } from './redis-shared-cache-store.js';

const MAX_ENTRY_BYTES = 1024 ** 2;

/** Exact answers in memory and, where there is one, in Redis. Needs GATEWAY_CONFIG, CLOCK, REDIS_CONNECTION. */
@Module({
  imports: [RateLimiterModule, monitor],
  providers: [
    CacheManagerService,
    CachedAnswersService,
    {
      provide: CACHE_MANAGER_OPTIONS,
      inject: [GATEWAY_CONFIG],
      useFactory: (config: GatewayConfig): CacheManagerOptions => ({
        keySecret: deriveKeySecret(config),
        maxMemoryBytes: config.cacheMemoryBytes,
        maxEntryBytes: MAX_ENTRY_BYTES,
      }),
    },
    {
      provide: SHARED_CACHE_STORE,
      inject: [REDIS_CONNECTION, MetricsService],
      useFactory: (redis: RedisConnection | null, metrics: MetricsService): SharedCacheStore =>
        redis === null ? new NoSharedCacheStore() : createSharedStore(redis, metrics),
    },
  ],
  exports: [CacheManagerService, CachedAnswersService],
})
export class CacheManagerModule {}

function createSharedStore(redis: RedisConnection, metrics: MetricsService): SharedCacheStore {
  const store = new RedisSharedCacheStore(redis);
  metrics.observeCount(
    'cache_failed_writes_total',
    'Answers that never reached the shared cache: Redis was down or slow',
    [],
    () => [{ labels: {}, value: store.failedWrites }],
  );
  return store;
}

/** All processes of one installation share the encryption keys, and nobody else knows them. */
function deriveKeySecret({ encryptionKeys: [first] }: GatewayConfig): string {
  if (first === undefined) throw new Error('There is no encryption key to derive the cache keys from');
  return hash('sha256', `tokenpak cache keys ${first.toString('base64')}`, 'base64url');
}
