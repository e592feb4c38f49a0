import { GatewayError } from '../../errors/gateway-error.js';
import type { BreakerPermit } from '../../support/circuit-breaker/circuit-breaker.port.js';
import type { Attempt, AttemptOwner } from './attempt-owner.js';
import { type AttemptOutcome, classifyOutcome, findFailure, isTimeout } from './attempt-outcome.js';
import type { AttemptEnding } from './attempt-recorder.port.js';
import { buildFinalError, buildRejection } from './build-final-error.js';
import {
  type CandidateRecord,
  findRenderRefusal,
  findRepeatable,
  summariseFailure,
} from './candidate-record.js';
import { computeBackoff } from './compute-backoff.js';
import type { ExecutorParts } from './executor-parts.js';
import { filterResponseHeaders } from './filter-response-headers.js';
import { resolveTimeouts } from './resolve-timeouts.js';
import type { StreamVerdict } from './stream-fault.js';
import { UpstreamAttempt } from './upstream-attempt.js';
import type {
  Candidate,
  ExecutionHandle,
  ExecutionSink,
  PreparedRequest,
  StreamHead,
  UpstreamExecution,
} from './upstream-execution.js';
import type { UpstreamFailure } from './upstream-transport.port.js';

type RunState =
  | { state: 'choosing' }
  | { state: 'attempting'; attempt: Attempt }
  | { state: 'backing-off'; timer: NodeJS.Timeout }
  | { state: 'streaming'; attempt: Attempt }
  | { state: 'done' };

const CHOOSING: RunState = { state: 'choosing' };
const DONE: RunState = { state: 'done' };

/** The failover loop of one request (algorithm at UpstreamExecutor). */
export class UpstreamRun implements ExecutionHandle, AttemptOwner {
  private state: RunState = CHOOSING;
  private readonly records: CandidateRecord[];
  /** Monotonic end of the request's own time. */
  private readonly endMs: number;
  private position = 0;
  private round = 0;
  private attempts = 0;
  private isPaused = false;
  /** The sink may abort from inside any of its calls; nothing follows then. */
  private isAborted = false;

  constructor(
    private readonly parts: ExecutorParts,
    private readonly execution: UpstreamExecution,
    private readonly sink: ExecutionSink,
  ) {
    this.records = new Array<CandidateRecord>(execution.candidates.length).fill(null);
    const { totalMs } = parts.settings.timeouts;
    this.endMs = parts.clock.monotonicMs() + Math.min(totalMs, execution.timeoutMs ?? totalMs);
  }

  start(): void {
    this.tryNext();
  }

  abort(): void {
    const current = this.state;
    this.state = DONE;
    this.isAborted = true;
    if (current.state === 'backing-off') clearTimeout(current.timer);
    else if (current.state === 'attempting' || current.state === 'streaming') {
      this.abortAttempt(current.attempt);
    }
  }

  pause(): void {
    this.isPaused = true;
    if (this.state.state === 'streaming') this.state.attempt.pause();
  }

  resume(): void {
    this.isPaused = false;
    if (this.state.state === 'streaming') this.state.attempt.resume();
  }

  onAnswered(attempt: Attempt, body: Buffer): void {
    this.state = DONE;
    this.record(attempt, 'success', null);
    this.sink.onAttempt(attempt.describe('success', null));
    if (!this.isAborted) this.sink.onAnswer({ ...this.describeHead(attempt), body });
  }

  onStreamOpened(attempt: Attempt): void {
    this.state = { state: 'streaming', attempt };
    this.sink.onStreamStart(this.describeHead(attempt));
    if (this.isPaused) attempt.pause();
  }

  onStreamChunk(chunk: Buffer): void {
    this.sink.onStreamData(chunk);
  }

  onStreamEnded(attempt: Attempt, verdict: StreamVerdict | null): void {
    this.state = DONE;
    if (verdict === null) {
      this.record(attempt, 'success', null);
      this.sink.onAttempt(attempt.describe('success', null));
    } else this.reportFault(attempt, verdict);
    if (!this.isAborted) this.sink.onStreamEnd(verdict);
  }

  onStreamBroken(attempt: Attempt, failure: UpstreamFailure): void {
    this.state = DONE;
    const hasTimedOut = failure.kind.startsWith('timeout');
    this.record(attempt, hasTimedOut ? 'timeout' : 'broken', failure.kind, failure);
    if (hasTimedOut) this.giveUp(attempt);
    this.sink.onAttempt(attempt.describe('failed', `${failure.kind} after the first byte`));
    if (!this.isAborted) this.sink.onStreamFailure(failure);
  }

  onAttemptFailed(attempt: Attempt, outcome: AttemptOutcome): void {
    this.state = CHOOSING;
    this.records[this.position - 1] = outcome;
    this.record(attempt, classifyOutcome(outcome), outcome.reason, findFailure(outcome));
    if (outcome.kind === 'rate-limited') this.coolDown(attempt, outcome.refusal.retryAfterMs);
    if (isTimeout(outcome)) this.giveUp(attempt);
    this.sink.onAttempt(
      attempt.describe(outcome.kind === 'rejected' ? 'rejected' : 'failed', outcome.reason),
    );
    if (this.isAborted) return;
    if (outcome.kind === 'rejected') {
      const { provider } = attempt.candidate;
      const { dialect } = this.parts.bindings[provider.kind].profile;
      return this.finish(buildRejection(outcome.refusal, dialect, this.execution.dialect, provider.name));
    }
    this.tryNext();
  }

  private abortAttempt(attempt: Attempt): void {
    const verdict = attempt.abort();
    if (verdict !== null) return this.reportFault(attempt, verdict);
    this.record(attempt, 'aborted', null);
    this.giveUp(attempt);
    this.sink.onAttempt(attempt.describe('aborted', 'client left'));
  }

  private reportFault(attempt: Attempt, { result, reason }: StreamVerdict): void {
    this.record(attempt, result, reason);
    if (result === 'rate-limited') this.coolDown(attempt, null);
    this.sink.onAttempt(attempt.describe(result === 'rejected' ? 'rejected' : 'failed', reason));
  }

  private coolDown({ candidate }: Attempt, retryAfterMs: number | null): void {
    const { breakers, settings } = this.parts;
    breakers.coolDown(candidate.deployment.id, retryAfterMs ?? settings.defaultCooldownMs);
  }

  /** A provider that has refused is not at work any more. */
  private giveUp(attempt: Attempt): void {
    const { status, wasSent, candidate } = attempt;
    const hasRefused = status !== null && (status < 200 || status > 299);
    if (wasSent && !hasRefused) this.sink.onCallGivenUp(candidate);
  }

  private record({ candidate }: Attempt, ...ending: AttemptEnding): void {
    this.parts.recorder.recordAttempt(candidate, ...ending);
  }

  private tryNext(): void {
    const { candidates } = this.execution;
    while (
      this.position < candidates.length &&
      this.attempts < this.parts.settings.maxAttempts &&
      !this.isOutOfTime()
    ) {
      const candidate = candidates[this.position] as Candidate;
      const isDue = this.mayCall(this.records[this.position] ?? null);
      this.position += 1;
      if (isDue && this.tryCandidate(candidate)) return;
    }
    this.endRound();
  }

  /** In the first round everyone; later those whose failure is worth repeating. */
  private mayCall(record: CandidateRecord): boolean {
    return this.round === 0 || findRepeatable(record) !== null;
  }

  /** True when a call is under way. */
  private tryCandidate(candidate: Candidate): boolean {
    const { deployment, provider } = candidate;
    const permit = this.parts.breakers.tryAcquire(deployment.id, provider.breaker);
    if (permit === null) {
      // An outcome of an earlier round says more than that the breaker has opened since.
      this.records[this.position - 1] ??= 'unavailable';
      this.sink.onBreakerDecision(candidate, 'refused');
      return false;
    }
    this.sink.onBreakerDecision(candidate, permit.probe ? 'probe' : 'admitted');
    const prepared = this.prepare(candidate, permit);
    if (prepared === null) return false;
    this.send(candidate, permit, prepared);
    return true;
  }

  private prepare(candidate: Candidate, permit: BreakerPermit): PreparedRequest | null {
    try {
      return this.execution.prepare(candidate);
    } catch (error) {
      permit.release();
      // Anything but a GatewayError is a fault of ours; raised here it would end up in a timer or inside undici.
      const refusedToRender =
        error instanceof GatewayError ? error : new GatewayError('internal_error', { cause: error });
      this.records[this.position - 1] = { refusedToRender };
      return null;
    }
  }

  private send(candidate: Candidate, permit: BreakerPermit, prepared: PreparedRequest): void {
    const { clock, settings, bindings } = this.parts;
    const { transport, profile } = bindings[candidate.provider.kind];
    const { execution } = this;
    const remainingMs = this.remainingMs();
    const timeouts = resolveTimeouts(settings.timeouts, candidate, remainingMs);
    const attempt = new UpstreamAttempt({
      owner: this,
      execution,
      candidate,
      dialect: profile.dialect,
      permit,
      clock,
      isTotalOfRequest: timeouts.totalMs === remainingMs,
    });
    this.attempts += 1;
    this.state = { state: 'attempting', attempt };
    attempt.start(transport, { ...candidate, ...prepared, timeouts });
  }

  private endRound(): void {
    const delayMs = this.findRetryDelayMs();
    if (delayMs === null) return this.finish(this.buildError());
    this.round += 1;
    this.position = 0;
    const timer = setTimeout(() => {
      this.state = CHOOSING;
      this.tryNext();
    }, delayMs);
    this.state = { state: 'backing-off', timer };
  }

  /** Null: no further round. */
  private findRetryDelayMs(): number | null {
    const { settings, retryBudget, clock, breakers } = this.parts;
    if (this.attempts >= settings.maxAttempts || this.isOutOfTime()) return null;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const [index, record] of this.records.entries()) {
      const outcome = findRepeatable(record);
      if (outcome === null) continue;
      const { deployment } = this.execution.candidates[index] as Candidate;
      const askedMs = outcome.kind === 'failed' ? (outcome.refusal.retryAfterMs ?? 0) : 0;
      waitMs = Math.min(waitMs, Math.max(askedMs, breakers.retryAfterMs(deployment.id)));
    }
    const delayMs = computeBackoff(this.round + 1, waitMs, this.parts.random, settings.backoff);
    if (delayMs === null || delayMs >= this.remainingMs()) return null;
    return retryBudget.tryTake(clock.monotonicMs()) ? delayMs : null;
  }

  private finish(error: GatewayError): void {
    this.state = DONE;
    this.sink.onError(error);
  }

  private buildError(): GatewayError {
    const failed = summariseFailure(this.records, this.execution.candidates, this.parts.breakers);
    if (failed.outcomes.length > 0) return buildFinalError(failed);
    // A request that no healthy candidate can express is the client's to change, whoever else was unavailable.
    const refusal = findRenderRefusal(this.records);
    if (refusal !== null) return refusal;
    return this.isOutOfTime() ? new GatewayError('upstream_timeout') : buildFinalError(failed);
  }

  private describeHead(attempt: Attempt): StreamHead {
    return {
      candidate: attempt.candidate,
      status: attempt.status ?? 200,
      headers: filterResponseHeaders(attempt.headers),
      attempts: this.attempts,
      elapsedMs: attempt.elapsedMs,
    };
  }

  private remainingMs(): number {
    return Math.max(0, this.endMs - this.parts.clock.monotonicMs());
  }

  private isOutOfTime(): boolean {
    return this.remainingMs() === 0;
  }
}
