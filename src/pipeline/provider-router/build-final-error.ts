import type { Dialect } from '../../chat/dialect.js';
import { GatewayError, type GatewayErrorOptions } from '../../errors/gateway-error.js';
import { type AttemptOutcome, isMisconfigured, isTimeout, type UpstreamRefusal } from './attempt-outcome.js';

/** What became of the whole list of candidates. */
export interface FailedExecution {
  /** The last outcome of each deployment that was called, at least one unless nobody was healthy. */
  outcomes: readonly AttemptOutcome[];
  /** Candidates not called since they cool down after a 429 (all others were open or half-open). */
  coolingCandidates: number;
  openCandidates: number;
  /** Shortest time until any candidate may be called again, milliseconds; 0 when unknown. */
  retryAfterMs: number;
}

/**
 * The caller's error when no candidate answered. Who was called decides: only rate limits -> 429 with the shortest wait;
 * only timeouts -> 504; only refused credentials, models or addresses -> 502 upstream_misconfigured; any mixture -> 502
 * upstream_error. Nobody called: 429 when all cool down, else 503.
 */
export function buildFinalError(failed: FailedExecution): GatewayError {
  const { outcomes } = failed;
  if (outcomes.length === 0) return buildUnavailableError(failed);
  const options: GatewayErrorOptions = { context: { attempts: outcomes.map(({ reason }) => reason) } };
  const cause = outcomes.find((outcome) => outcome.kind === 'broken')?.failure;
  if (cause !== undefined) options.cause = cause;
  if (outcomes.every(({ kind }) => kind === 'rate-limited')) {
    return new GatewayError('upstream_rate_limited', withRetryAfter(options, failed.retryAfterMs));
  }
  if (outcomes.every(isTimeout)) return new GatewayError('upstream_timeout', options);
  return new GatewayError(
    outcomes.every(isMisconfigured) ? 'upstream_misconfigured' : 'upstream_error',
    options,
  );
}

/**
 * The provider refused the request itself: its status, code and message, and in the caller's own dialect its very body, unless
 * that is a page or a text of a proxy in front of it, which no client could read.
 */
export function buildRejection(
  refusal: UpstreamRefusal,
  upstream: Dialect,
  caller: Dialect,
  provider: string,
): GatewayError {
  const { code, message, param } = refusal.description;
  const options: GatewayErrorOptions = {
    status: refusal.status,
    context: { provider, status: refusal.status },
  };
  if (message !== '') options.publicMessage = message;
  if (code !== null) options.upstreamCode = code;
  if (param !== null) options.param = param;
  const isReadable = refusal.hasErrorShape && !refusal.isTruncated;
  if (upstream === caller && isReadable) options.rawBody = refusal.body;
  return new GatewayError('upstream_rejected', options);
}

function buildUnavailableError(failed: FailedExecution): GatewayError {
  const isRateLimited = failed.coolingCandidates > 0 && failed.openCandidates === 0;
  const code = isRateLimited ? 'upstream_rate_limited' : 'no_healthy_provider';
  return new GatewayError(code, withRetryAfter({}, failed.retryAfterMs));
}

function withRetryAfter(options: GatewayErrorOptions, retryAfterMs: number): GatewayErrorOptions {
  return retryAfterMs > 0 ? { ...options, retryAfterMs } : options;
}
