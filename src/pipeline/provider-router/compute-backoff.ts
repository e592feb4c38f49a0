export interface BackoffSettings {
  baseMs: number;
  maxMs: number;
  /** An upstream that asks for a longer wait than this is not retried; the caller waits better than we do. */
  maxRetryAfterMs: number;
}

export const DEFAULT_BACKOFF: BackoffSettings = { baseMs: 100, maxMs: 2_000, maxRetryAfterMs: 3_000 };

/**
 * How long to wait before asking the same deployments again, milliseconds: full jitter (evenly between 0 and the doubled
 * base) so that callers that failed together do not return together; never sooner than the upstream asked for.
 * Null: do not retry, the upstream asked for too long a wait.
 * @param round 1 for the first retry. @param random in [0, 1).
 */
export function computeBackoff(
  round: number,
  retryAfterMs: number,
  random: () => number,
  settings: BackoffSettings,
): number | null {
  if (retryAfterMs > settings.maxRetryAfterMs) return null;
  const ceilingMs = Math.min(settings.maxMs, settings.baseMs * 2 ** (round - 1));
  return Math.ceil(retryAfterMs + random() * ceilingMs);
}
