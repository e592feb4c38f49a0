/**
 * What an upstream's HTTP status means for the request and for its provider:
 * - `success`: 2xx.
 * - `rejected`: the client's fault; passed on, no retry, no breaker.
 * - `misconfigured`: our credentials, model name or base URL; alert, breaker, next candidate.
 * - `rate-limited`: cooldown, not a failure; next candidate.
 * - `failed`: breaker failure; next candidate, or the same again within the retry budget.
 * - `redirected`: never followed, since a provider's credential would travel; breaker failure, next candidate.
 */
export type UpstreamVerdict =
  'success' | 'rejected' | 'misconfigured' | 'rate-limited' | 'failed' | 'redirected';

/** 402 is the provider's bill, not our caller's; 405 a wrong base URL. */
const MISCONFIGURED = new Set([401, 402, 403, 405]);
const RATE_LIMITED = new Set([429, 529]);

/** OpenAI's `error.code` and Anthropic's `error.type` for a model that the account does not have. */
const UNKNOWN_MODEL_CODES = new Set(['model_not_found', 'not_found_error']);

/**
 * @param errorCode the upstream's own code or type, null when the body named none. Only a 404 depends on it.
 */
export function classifyUpstreamStatus(status: number, errorCode: string | null): UpstreamVerdict {
  if (status >= 200 && status < 300) return 'success';
  if (status >= 300 && status < 400) return 'redirected';
  if (RATE_LIMITED.has(status)) return 'rate-limited';
  if (MISCONFIGURED.has(status)) return 'misconfigured';
  if (status === 408 || status >= 500) return 'failed';
  if (status === 404 && errorCode !== null && UNKNOWN_MODEL_CODES.has(errorCode)) return 'misconfigured';
  return status >= 400 ? 'rejected' : 'failed';
}
