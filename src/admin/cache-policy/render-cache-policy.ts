import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

export function renderCachePolicy({ cacheMode, cacheTtlSeconds }: TenantEntity) {
  return { mode: cacheMode, ttlSeconds: cacheTtlSeconds };
}
