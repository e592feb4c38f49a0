import type { AttemptResult } from '../../support/monitor/attempt-counts.js';
import type { Candidate } from './upstream-execution.js';

/** Hears how every call of a deployment ended, once. Never throws. `reason` never holds a credential. */
export interface AttemptRecorder {
  recordAttempt(candidate: Candidate, result: AttemptResult, reason: string | null): void;
}
