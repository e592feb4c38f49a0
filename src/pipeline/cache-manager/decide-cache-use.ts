import type { NativeChatRequest } from '../../chat/native-request.js';
import type { TenantConfig } from '../../tenancy/config-snapshot.js';

export type CacheUse =
  /** `mayRead` is false for a refresh: a new answer replaces the stored one. */
  { use: true; mayRead: boolean; ttlSeconds: number } | { use: false; reason: string };

export interface CacheHeaders {
  /** `x-tokenpak-cache`. */
  mode: string | undefined;
  /** `x-tokenpak-cache-ttl`, seconds. */
  ttl: string | undefined;
}

/** The tenant's policy decides; the client's headers can only narrow it. */
export function decideCacheUse(
  tenant: TenantConfig['cache'],
  request: NativeChatRequest,
  headers: CacheHeaders,
): CacheUse {
  if (tenant.mode === 'off') return { use: false, reason: 'switched off for the tenant' };
  if (headers.mode === 'off') return { use: false, reason: 'switched off by the client' };
  if (tenant.mode === 'deterministic' && !isDeterministic(request)) {
    return { use: false, reason: 'not deterministic: no temperature 0 and no seed' };
  }
  const ttlSeconds = narrowTtl(tenant.ttlSeconds, headers.ttl);
  if (ttlSeconds <= 0) return { use: false, reason: 'time to live is 0' };
  return { use: true, mayRead: headers.mode !== 'refresh', ttlSeconds };
}

function isDeterministic(request: NativeChatRequest): boolean {
  return request.temperature === 0 || typeof request.raw.seed === 'number';
}

function narrowTtl(allowed: number, header: string | undefined): number {
  if (header === undefined || !/^\d{1,9}$/.test(header)) return allowed;
  return Math.min(allowed, Number(header));
}
