import type { TenantId } from '../../common/ids.js';
import type { RedisConnection } from '../../storage/redis/redis-client.js';
import { RedisScript } from '../../storage/redis/redis-script.js';
import { TenantBatcher } from '../../storage/redis/tenant-batcher.js';
import type { SharedCacheStore } from './cache-store.port.js';

/** Writes that may be under way at a time; more are dropped, so that a slow Redis holds no answers in memory. */
const MAX_WRITING = 64;
/** Another process finds an answer that much later. */
const BATCHES = { waitMs: 10, maxSize: 16 };

/** Keys, and for each its value and its milliseconds to live. */
const STORE = new RedisScript(`
for index, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[2 * index - 1], 'PX', ARGV[2 * index])
end`);

interface CacheWrite {
  key: string;
  encoded: Buffer;
  ttlMs: number;
}

/**
 * Answers that processes share, under the tenant's hash tag, where the limiter's round trip finds them. Redis down or slow:
 * writes are dropped and counted, and cost a later miss.
 */
export class RedisSharedCacheStore implements SharedCacheStore {
  private readonly batcher = new TenantBatcher<CacheWrite>((_, writes) => this.store(writes), BATCHES);
  private writing = 0;
  private failures = 0;

  constructor(private readonly redis: RedisConnection) {
    redis.onDeparture(() => this.batcher.sendRipe());
  }

  /** Writes that were dropped or failed since the process started. */
  get failedWrites(): number {
    return this.failures;
  }

  buildKey(tenantId: TenantId, cacheKey: string): string {
    return `tokenpak:{${tenantId}}:cache:${cacheKey}`;
  }

  write(tenantId: TenantId, sharedKey: string, encoded: Buffer, ttlSeconds: number): void {
    if (this.writing >= MAX_WRITING || !this.redis.isHealthy()) {
      this.failures += 1;
      return;
    }
    this.writing += 1;
    const ttlMs = Math.max(1, Math.round(ttlSeconds * 1_000));
    void this.batcher.add(tenantId, { key: sharedKey, encoded, ttlMs });
  }

  /** Never rejects: nobody waits for it; the number is what is worth knowing. */
  private async store(writes: readonly CacheWrite[]): Promise<void> {
    const keys = writes.map(({ key }) => key);
    const args = writes.flatMap(({ encoded, ttlMs }) => [encoded, ttlMs]);
    try {
      await STORE.run(this.redis.commands, keys, args);
    } catch {
      this.failures += writes.length;
    } finally {
      this.writing -= writes.length;
    }
  }
}
