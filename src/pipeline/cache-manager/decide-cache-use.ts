import type { NativeChatRequest } from '../../chat/native-request.js';
import type { RequestControls } from '../request-controls.js';
import type { TenantConfig } from '../../tenancy/config-snapshot.js';

export type CacheUse =
  /** `mayRead` is false for a refresh: a new answer replaces the stored one. */
  { use: true; mayRead: boolean; ttlSeconds: number } | { use: false; reason: string };

/** The tenant's policy decides; the client can only narrow it. */
export function decideCacheUse(
  tenant: TenantConfig['cache'],
  request: NativeChatRequest,
  wish: Pick<RequestControls, 'cacheMode' | 'cacheTtlSeconds'>,
): CacheUse {
  if (tenant.mode === 'off') return { use: false, reason: 'switched off for the tenant' };
  if (wish.cacheMode === 'off') return { use: false, reason: 'switched off by the client' };
  if (tenant.mode === 'deterministic' && !isDeterministic(request)) {
    return { use: false, reason: 'not deterministic: no temperature 0 and no seed' };
  }
  const ttlSeconds = Math.min(tenant.ttlSeconds, wish.cacheTtlSeconds ?? Infinity);
  if (ttlSeconds <= 0) return { use: false, reason: 'time to live is 0' };
  return { use: true, mayRead: wish.cacheMode !== 'refresh', ttlSeconds };
}

function isDeterministic(request: NativeChatRequest): boolean {
  return request.temperature === 0 || typeof request.raw.seed === 'number';
}
