import type { AttemptOutcome } from './attempt-outcome.js';
import type { UpstreamAttempt } from './upstream-attempt.js';
import type { UpstreamFailure } from './upstream-transport.port.js';

/** What an attempt tells the loop. Exactly one of `onAnswered`, `onStreamOpened` and `onAttemptFailed` comes. */
export interface AttemptOwner {
  onAnswered(attempt: UpstreamAttempt, body: Buffer): void;
  onStreamOpened(attempt: UpstreamAttempt): void;
  onStreamChunk(chunk: Buffer): void;
  onStreamEnded(attempt: UpstreamAttempt): void;
  onStreamBroken(attempt: UpstreamAttempt, failure: UpstreamFailure): void;
  onAttemptFailed(attempt: UpstreamAttempt, outcome: AttemptOutcome): void;
}
