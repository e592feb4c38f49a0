import type { AttemptResult } from '../../support/monitor/attempt-counts.js';
import type { UpstreamErrorDescription } from '../format-adapter/dialect-adapter.port.js';
import { classifyUpstreamStatus } from './classify-upstream-status.js';

/** What a stream's own bytes say against it: an event that reports an error; null: it ended without its end marker. */
export interface StreamFault {
  readonly error: UpstreamErrorDescription | null;
}

/** A fault as breaker, metrics and trace take it. */
export interface StreamVerdict {
  readonly result: Extract<
    AttemptResult,
    'rejected' | 'rate-limited' | 'misconfigured' | 'failed' | 'broken'
  >;
  readonly reason: string;
}

/** What an error whose words tell nothing is taken for. */
const UNKNOWN_ERROR_STATUS = 500;

const NO_END: StreamVerdict = { result: 'broken', reason: 'the stream ended without its end marker' };

/** An error event is what its status would have been, had the provider known before its first byte. */
export function judgeStreamFault({ error }: StreamFault): StreamVerdict {
  if (error === null) return NO_END;
  const { status, code } = error;
  const verdict = classifyUpstreamStatus(status ?? UNKNOWN_ERROR_STATUS, code);
  // Words never stand for a success or a redirect.
  const result = verdict === 'success' || verdict === 'redirected' ? 'failed' : verdict;
  return { result, reason: `error event in the stream${code === null ? '' : ` (${code})`}` };
}
