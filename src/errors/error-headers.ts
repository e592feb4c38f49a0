import type { GatewayError } from './gateway-error.js';

/** Both SDKs sleep the whole `retry-after`; above this they are told not to retry at all. */
const LONGEST_WAIT_WORTH_RETRYING_MS = 60_000;

/** Response headers that belong to an error itself, lower-case names. */
export function renderErrorHeaders(error: GatewayError): Record<string, string> {
  const headers: Record<string, string> = { 'x-tokenpak-error-code': error.code };
  if (error.retryAfterMs !== null)
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
  // The rest of the body may still come, and would be taken for the next request's beginning.
  if (error.code === 'request_timeout') headers['connection'] = 'close';
  if (shouldNotRetry(error)) headers['x-should-retry'] = 'false';
  return headers;
}

/** SDKs retry 402, 429 and 5xx by themselves; not where it cannot help or where the gateway has retried already. */
function shouldNotRetry(error: GatewayError): boolean {
  if (error.status === 402 || error.status === 502 || error.status === 504) return true;
  return error.status === 429 && (error.retryAfterMs ?? 0) > LONGEST_WAIT_WORTH_RETRYING_MS;
}
