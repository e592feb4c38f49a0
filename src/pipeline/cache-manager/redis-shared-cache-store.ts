import type { TenantId } from '../../common/ids.js';
import type { RedisConnection } from '../../storage/redis/redis-client.js';
import type { SharedCacheStore } from './cache-store.port.js';

/** Writes that may be under way at a time; more are dropped, so that a slow Redis holds no answers in memory. */
const MAX_WRITING = 64;

/**
 * Answers that processes share, under the tenant's hash tag, where the limiter's round trip finds them. Redis down or slow:
 * writes are dropped and counted, and cost a later miss.
 */
export class RedisSharedCacheStore implements SharedCacheStore {
  private writing = 0;
  private failures = 0;

  constructor(private readonly redis: RedisConnection) {}

  /** Writes that were dropped or failed since the process started. */
  get failedWrites(): number {
    return this.failures;
  }

  buildKey(tenantId: TenantId, cacheKey: string): string {
    return `tokenpak:{${tenantId}}:cache:${cacheKey}`;
  }

  write(sharedKey: string, encoded: Buffer, ttlSeconds: number): void {
    if (this.writing >= MAX_WRITING || !this.redis.isHealthy()) {
      this.failures += 1;
      return;
    }
    this.writing += 1;
    void this.store(sharedKey, encoded, ttlSeconds).finally(() => {
      this.writing -= 1;
    });
  }

  private async store(sharedKey: string, encoded: Buffer, ttlSeconds: number): Promise<void> {
    try {
      await this.redis.commands.set(sharedKey, encoded, 'PX', Math.max(1, Math.round(ttlSeconds * 1_000)));
    } catch {
      // Nobody waits for it; the number is what is worth knowing.
      this.failures += 1;
    }
  }
}
