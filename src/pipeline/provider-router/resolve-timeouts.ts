import type { UpstreamTimeouts } from '../../tenancy/config-snapshot.js';
import type { Candidate } from './upstream-execution.js';

/**
 * Timeouts of one attempt: the narrowest of the process's, the provider's and the deployment's, and nothing beyond what is
 * left of the request's own time (`remainingMs`, null without one).
 */
export function resolveTimeouts(
  limits: UpstreamTimeouts,
  { provider, deployment }: Candidate,
  remainingMs: number | null,
): UpstreamTimeouts {
  const left = remainingMs ?? Number.POSITIVE_INFINITY;
  const own = deployment.timeouts;
  return {
    connectMs: Math.min(
      limits.connectMs,
      provider.timeouts.connectMs,
      own.connectMs ?? Number.POSITIVE_INFINITY,
    ),
    firstByteMs: Math.min(
      limits.firstByteMs,
      provider.timeouts.firstByteMs,
      own.firstByteMs ?? Number.POSITIVE_INFINITY,
    ),
    idleMs: Math.min(limits.idleMs, provider.timeouts.idleMs, own.idleMs ?? Number.POSITIVE_INFINITY),
    totalMs: Math.min(
      limits.totalMs,
      provider.timeouts.totalMs,
      own.totalMs ?? Number.POSITIVE_INFINITY,
      left,
    ),
  };
}
