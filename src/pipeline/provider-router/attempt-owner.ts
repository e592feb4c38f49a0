import type { Dialect } from '../../chat/dialect.js';
import type { Clock } from '../../common/clock.port.js';
import type { BreakerPermit } from '../../support/circuit-breaker/circuit-breaker.port.js';
import type { AttemptTrace } from '../../support/tracing/pipeline-trace.js';
import type { AttemptOutcome } from './attempt-outcome.js';
import type { StreamVerdict } from './stream-fault.js';
import type { Candidate, UpstreamExecution } from './upstream-execution.js';
import type { UpstreamFailure } from './upstream-transport.port.js';

/** An attempt as the loop knows it. */
export interface Attempt {
  readonly candidate: Candidate;
  /** Of the answer's head; null before it. */
  readonly status: number | null;
  readonly headers: Record<string, string>;
  /** As UpstreamCall has it. */
  readonly wasSent: boolean;
  readonly elapsedMs: number;
  pause(): void;
  resume(): void;
  /** The client left; as SDKs do on an error event, which then is how the attempt ended. Null without one. */
  abort(): StreamVerdict | null;
  /** Times are milliseconds: `startMs` from the request's start, `firstByteMs` and `durationMs` from the attempt's. */
  describe(outcome: AttemptTrace['outcome'], reason: string | null): AttemptTrace;
}

/** What an attempt tells the loop. Exactly one of `onAnswered`, `onStreamOpened` and `onAttemptFailed` comes. */
export interface AttemptOwner {
  onAnswered(attempt: Attempt, body: Buffer): void;
  onStreamOpened(attempt: Attempt): void;
  onStreamChunk(chunk: Buffer): void;
  /** The stream is over: with null at its end marker, else with what its own bytes said against it. */
  onStreamEnded(attempt: Attempt, verdict: StreamVerdict | null): void;
  onStreamBroken(attempt: Attempt, failure: UpstreamFailure): void;
  onAttemptFailed(attempt: Attempt, outcome: AttemptOutcome): void;
}

export interface AttemptInit {
  owner: AttemptOwner;
  execution: UpstreamExecution;
  candidate: Candidate;
  dialect: Dialect;
  permit: BreakerPermit;
  clock: Clock;
  /** The total time is what is left of the request's: running out of it says nothing about the provider. */
  isTotalOfRequest: boolean;
}
