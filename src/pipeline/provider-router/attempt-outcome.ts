import type { Buffer } from 'node:buffer';
import type { UpstreamErrorDescription } from '../format-adapter/dialect-adapter.port.js';
import type { AttemptResult } from '../../support/monitor/attempt-counts.js';
import type { UpstreamVerdict } from './classify-upstream-status.js';
import type { UpstreamFailure } from './upstream-transport.port.js';

/** The upstream answered with an error status, and what it said. */
export interface UpstreamRefusal {
  readonly status: number;
  readonly body: Buffer;
  /** The body was longer than we keep. */
  readonly isTruncated: boolean;
  /** The body is an error of a dialect, not what something in front of the provider says. */
  readonly hasErrorShape: boolean;
  readonly description: UpstreamErrorDescription;
  readonly retryAfterMs: number | null;
}

/** How an attempt failed before its first byte reached the caller; decides what the loop does next. */
export type AttemptOutcome =
  | { kind: Exclude<UpstreamVerdict, 'success'>; refusal: UpstreamRefusal; reason: string }
  | { kind: 'broken'; failure: UpstreamFailure; reason: string }
  | { kind: 'unusable'; reason: string };

/** Whether asking the same deployment again soon can help. A timeout has cost too much time already. */
export function isWorthRepeating(outcome: AttemptOutcome): boolean {
  if (outcome.kind === 'broken')
    return ['connect', 'timeout-connect', 'reset'].includes(outcome.failure.kind);
  return outcome.kind === 'failed' || outcome.kind === 'unusable';
}

/** Our credentials, model name or address; nothing that waiting heals. */
export function isMisconfigured(outcome: AttemptOutcome): boolean {
  return (
    outcome.kind === 'misconfigured' ||
    (outcome.kind === 'broken' && outcome.failure.kind === 'address-refused')
  );
}

export function isTimeout(outcome: AttemptOutcome): boolean {
  return outcome.kind === 'broken' && outcome.failure.kind.startsWith('timeout');
}

export function findFailure(outcome: AttemptOutcome): UpstreamFailure | null {
  return outcome.kind === 'broken' ? outcome.failure : null;
}

/** The outcome as metrics count it. */
export function classifyOutcome(outcome: AttemptOutcome): AttemptResult {
  if (isMisconfigured(outcome)) return 'misconfigured';
  if (isTimeout(outcome)) return 'timeout';
  switch (outcome.kind) {
    case 'redirected':
    case 'unusable':
      return 'failed';
    default:
      return outcome.kind;
  }
}
