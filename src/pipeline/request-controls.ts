export const CACHE_MODES = ['off', 'exact', 'semantic', 'refresh'] as const;
export type CacheMode = (typeof CACHE_MODES)[number];

/** What a client asks of the gateway itself; each can only narrow what tenant and deployment allow. */
export interface RequestControls {
  /** `x-tokenpak-cache`; null when it was not sent. `semantic` finds what `exact` finds. */
  readonly cacheMode: CacheMode | null;
  /** `x-tokenpak-cache-ttl`. */
  readonly cacheTtlSeconds: number | null;
  /** `x-tokenpak-timeout-ms`, of the whole upstream call. */
  readonly timeoutMs: number | null;
}

export const NO_CONTROLS: RequestControls = Object.freeze({
  cacheMode: null,
  cacheTtlSeconds: null,
  timeoutMs: null,
});
