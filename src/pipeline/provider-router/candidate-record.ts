import type { GatewayError } from '../../errors/gateway-error.js';
import type { CircuitBreakers } from '../../support/circuit-breaker/circuit-breaker.port.js';
import { type AttemptOutcome, isWorthRepeating } from './attempt-outcome.js';
import type { FailedExecution } from './build-final-error.js';
import type { Candidate } from './upstream-execution.js';

/** What one request knows about one candidate: not called yet (null), or how its last call ended. */
export type CandidateRecord = AttemptOutcome | 'unavailable' | { refusedToRender: GatewayError } | null;

/** Its last outcome, when that is worth another call. */
export function findRepeatable(record: CandidateRecord): AttemptOutcome | null {
  const outcome = findOutcome(record);
  return outcome !== null && isWorthRepeating(outcome) ? outcome : null;
}

/** The reason why a candidate could not take the request at all, if any could not. */
export function findRenderRefusal(records: readonly CandidateRecord[]): GatewayError | null {
  for (const record of records) {
    if (record !== null && typeof record === 'object' && 'refusedToRender' in record)
      return record.refusedToRender;
  }
  return null;
}

export function summariseFailure(
  records: readonly CandidateRecord[],
  candidates: readonly Candidate[],
  breakers: CircuitBreakers,
): FailedExecution {
  const unavailable = candidates.filter((_candidate, index) => records[index] === 'unavailable');
  const cooling = unavailable.filter(({ deployment }) => {
    const status = breakers.findStatus(deployment.id);
    return status?.breaker.state === 'closed' && status.cooldownUntilMs !== null;
  });
  const outcomes = records.map(findOutcome).filter((outcome) => outcome !== null);
  return {
    outcomes,
    coolingCandidates: cooling.length,
    openCandidates: unavailable.length - cooling.length,
    retryAfterMs: findShortestWaitMs(outcomes, candidates, breakers),
  };
}

function findShortestWaitMs(
  outcomes: readonly AttemptOutcome[],
  candidates: readonly Candidate[],
  breakers: CircuitBreakers,
): number {
  const waits = candidates.map(({ deployment }) => breakers.retryAfterMs(deployment.id));
  for (const outcome of outcomes) {
    if (outcome.kind === 'rate-limited') waits.push(outcome.refusal.retryAfterMs ?? 0);
  }
  const shortest = Math.min(...waits.filter((waitMs) => waitMs > 0));
  return Number.isFinite(shortest) ? shortest : 0;
}

function findOutcome(record: CandidateRecord): AttemptOutcome | null {
  return record !== null && typeof record === 'object' && 'kind' in record ? record : null;
}
