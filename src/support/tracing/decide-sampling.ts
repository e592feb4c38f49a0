import { ERROR_CATALOGUE } from '../../errors/catalogue.js';
import type { PipelineTraceRecord } from './pipeline-trace.js';

export type SampleReason = 'error' | 'client-error' | 'block' | 'failover' | 'sample';
export type ForcedReason = Exclude<SampleReason, 'sample'>;

/** Why a trace must be kept whatever the sample says; null for an ordinary one. */
export function findForcedReason(trace: PipelineTraceRecord): ForcedReason | null {
  if (trace.errorCode === 'policy_violation') return 'block';
  if (trace.status >= 500 || (trace.errorCode !== null && isNotTheClients(trace.errorCode))) return 'error';
  if (trace.errorCode !== null) return 'client-error';
  return trace.attempts.length > 1 ? 'failover' : null;
}

/**
 * By the code, because the status does not tell: a stream that its upstream broke has had its 200, and providers that are all
 * rate limited make a 429. Strangers with wrong keys must not use up what is kept of these.
 */
function isNotTheClients(errorCode: string): boolean {
  const entry = (ERROR_CATALOGUE as Partial<Record<string, { status: number; log: string }>>)[errorCode];
  return entry !== undefined && (entry.status >= 500 || entry.log === 'warn' || entry.log === 'error');
}

const RANDOM_DIGITS = 8;
const RANDOM_RANGE = 16 ** RANDOM_DIGITS;

/** The last digits of a UUIDv7 are random, so they decide, and every process decides alike. */
export function isInSample(id: string, ratio: number): boolean {
  if (ratio >= 1) return true;
  return ratio > 0 && Number.parseInt(id.slice(-RANDOM_DIGITS), 16) < ratio * RANDOM_RANGE;
}

/** At most so many of each reason per second, so that a flood of one kind hides no other. */
export class ForcedSampleBudget {
  private second = 0;
  private readonly used = new Map<ForcedReason, number>();

  constructor(private readonly maxPerSecond: number) {}

  take(reason: ForcedReason, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.second) {
      this.second = second;
      this.used.clear();
    }
    const used = this.used.get(reason) ?? 0;
    if (used >= this.maxPerSecond) return false;
    this.used.set(reason, used + 1);
    return true;
  }
}
