import type { UpstreamTimeouts } from '../../tenancy/config-snapshot.js';
import type { Candidate } from './upstream-execution.js';

/**
 * Timeouts of one attempt: the narrowest of the process's, the provider's and the deployment's. The process's total is the
 * whole request's, so that what counts of it is what is left (`remainingMs`); those of provider and deployment are an attempt's.
 */
export function resolveTimeouts(
  limits: UpstreamTimeouts,
  { provider, deployment }: Candidate,
  remainingMs: number,
): UpstreamTimeouts {
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
    totalMs: Math.min(remainingMs, provider.timeouts.totalMs, own.totalMs ?? Number.POSITIVE_INFINITY),
  };
}
