import type { AttemptResult } from '../../support/monitor/attempt-counts.js';
import type { Candidate } from './upstream-execution.js';
import type { UpstreamFailure } from './upstream-transport.port.js';

/**
 * `reason` never holds a credential or an address; `failure` is how the exchange broke, if it did, and names addresses: for the
 * log alone.
 */
export type AttemptEnding = [result: AttemptResult, reason: string | null, failure?: UpstreamFailure | null];

/** Hears how every call of a deployment ended, once. Never throws. */
export interface AttemptRecorder {
  recordAttempt(candidate: Candidate, ...ending: AttemptEnding): void;
}
