import type { TenantId } from '../../common/ids.js';

/** The cache that processes share. Reading happens in the rate limiter's round trip; this port only writes. */
export interface SharedCacheStore {
  /** Key under which the rate limiter's pipeline finds an entry; null when there is no shared cache. */
  buildKey(tenantId: TenantId, cacheKey: string): string | null;
  /** In the background; a failure costs a later miss, nothing else. */
  write(tenantId: TenantId, sharedKey: string, encoded: Buffer, ttlSeconds: number): void;
}

export const SHARED_CACHE_STORE = Symbol('SharedCacheStore');

/** Without Redis every process has its own cache only. */
export class NoSharedCacheStore implements SharedCacheStore {
  buildKey(): null {
    return null;
  }

  write(): void {
    // Nothing is shared.
  }
}
