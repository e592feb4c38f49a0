import { clipText } from '../../common/clip-text.js';
import type { AttemptTrace } from '../../support/tracing/pipeline-trace.js';
import type { AttemptOutcome, UpstreamRefusal } from './attempt-outcome.js';
import type { Attempt, AttemptInit } from './attempt-owner.js';
import { ERROR_BODY_MS, MAX_ANSWER_BYTES, MAX_ERROR_BYTES, MAX_REASON_LENGTH } from './attempt-limits.js';
import { BodyCollector } from './body-collector.js';
import { classifyUpstreamStatus } from './classify-upstream-status.js';
import { describeFailure } from './describe-failure.js';
import { isErrorFrame } from './is-error-frame.js';
import { hasErrorShape, parseErrorBody } from './parse-error-body.js';
import { parseRetryAfter } from './parse-retry-after.js';
import { judgeStreamFault, type StreamVerdict } from './stream-fault.js';
import type { Candidate } from './upstream-execution.js';
import {
  type UpstreamCall,
  UpstreamFailure,
  type UpstreamListener,
  type UpstreamRequest,
  type UpstreamTransport,
} from './upstream-transport.port.js';

/**
 * `awaiting-head` -> `collecting-answer` (whole) | `awaiting-chunk` -> `streaming` (stream) | `collecting-error` -> `ended`.
 */
type Phase =
  'awaiting-head' | 'collecting-answer' | 'awaiting-chunk' | 'streaming' | 'collecting-error' | 'ended';

/**
 * One exchange with one deployment, from permit to outcome. Ends its permit exactly once, in `end`:
 * - success: a whole answer at its end; a stream at its end marker. The half-open probe's success counts from its first chunk
 *   (other probes must not wait for minutes). The latency recorded is that of the head.
 * - failure: error statuses other than the client's fault and rate limits, broken exchanges, unusable answers, and streams
 *   that break after they began, end without their end marker or report an error inside. Such an event decides, as its
 *   status would, however the connection ends after it.
 * - released: the client left or its own time limit ran out, the client's own fault, rate limits (a cooldown instead),
 *   our shutdown.
 */
export class UpstreamAttempt implements Attempt, UpstreamListener {
  status: number | null = null;
  headers: Record<string, string> = {};

  readonly candidate: Candidate;
  private phase: Phase = 'awaiting-head';
  private call: UpstreamCall | null = null;
  private collector: BodyCollector | null = null;
  private errorBodyTimer: NodeJS.Timeout | null = null;
  private firstByteMs: number | null = null;
  private readonly startedMs: number;

  constructor(private readonly init: AttemptInit) {
    this.candidate = init.candidate;
    this.startedMs = init.clock.monotonicMs();
  }

  start(transport: UpstreamTransport, request: UpstreamRequest): void {
    try {
      this.call = transport.send(request, this);
    } catch (error) {
      // A transport that throws must not keep the permit.
      return this.onFailure(new UpstreamFailure('connect', 'the transport failed', { cause: error }));
    }
    // A transport may have answered from inside `send`.
    if (this.phase === 'ended') this.call.abort();
  }

  pause(): void {
    this.call?.pause();
  }

  resume(): void {
    this.call?.resume();
  }

  abort(): StreamVerdict | null {
    const verdict = this.judgeStream(false);
    if (verdict === null) this.init.permit.release();
    else this.recordVerdict(verdict.result, verdict.reason);
    this.end();
    this.call?.abort();
    return verdict;
  }

  onHead(status: number, headers: Record<string, string>): void {
    this.status = status;
    this.headers = headers;
    this.firstByteMs = this.elapsedMs;
    if (status < 200 || status > 299) return this.collectError();
    if (!this.init.execution.stream) {
      this.phase = 'collecting-answer';
      this.collector = new BodyCollector(MAX_ANSWER_BYTES);
      return;
    }
    this.phase = 'awaiting-chunk';
    const type = headers['content-type'];
    if (type !== undefined && !type.startsWith('text/event-stream'))
      this.refuseAnswer(`content-type ${type} for a stream`);
  }

  onData(chunk: Buffer): void {
    switch (this.phase) {
      case 'streaming':
        return this.init.owner.onStreamChunk(chunk);
      case 'awaiting-chunk':
        return this.onFirstChunk(chunk);
      case 'collecting-answer':
        if (this.collector?.add(chunk) === false) this.refuseAnswer(`answer above ${MAX_ANSWER_BYTES} bytes`);
        return;
      case 'collecting-error':
        if (this.collector?.add(chunk) === false) this.onErrorBody();
        return;
      default:
        return;
    }
  }

  onEnd(): void {
    switch (this.phase) {
      case 'streaming':
        return this.endStream(this.judgeStream(true));
      case 'awaiting-chunk':
        return this.refuseAnswer('empty stream');
      case 'collecting-answer':
        return this.onWholeAnswer();
      case 'collecting-error':
        return this.onErrorBody();
      default:
        return;
    }
  }

  onFailure(failure: UpstreamFailure): void {
    switch (this.phase) {
      case 'streaming':
        return this.onStreamBroken(failure);
      case 'collecting-error':
        // The status alone decides; what came of the body will do.
        return this.onErrorBody();
      case 'ended':
        return;
      default:
        return this.fail({ kind: 'broken', failure, reason: describeFailure(failure) });
    }
  }

  get wasSent(): boolean {
    return this.call?.wasSent === true;
  }

  get elapsedMs(): number {
    return this.init.clock.monotonicMs() - this.startedMs;
  }

  describe(outcome: AttemptTrace['outcome'], reason: string | null): AttemptTrace {
    const { deployment, provider } = this.candidate;
    return {
      deploymentId: deployment.id,
      provider: provider.name,
      providerKind: provider.kind,
      upstreamModel: deployment.upstreamModel,
      startMs: this.startedMs - this.init.execution.startedMonotonicMs,
      firstByteMs: this.firstByteMs,
      durationMs: this.elapsedMs,
      status: this.status,
      outcome,
      reason: reason === null ? null : clipText(reason, MAX_REASON_LENGTH),
    };
  }

  private onFirstChunk(chunk: Buffer): void {
    // A provider that refuses after its 200 (overloaded) can still be replaced: nothing has been sent on.
    if (isErrorFrame(chunk)) return this.refuseAnswer('stream began with an error event');
    this.phase = 'streaming';
    if (this.init.permit.probe) this.init.permit.recordOpened(this.firstByteMs ?? 0);
    this.init.owner.onStreamOpened(this);
    // The owner may have aborted from inside; its phase says so and drops the chunk.
    this.onData(chunk);
  }

  private onStreamBroken(failure: UpstreamFailure): void {
    const verdict = this.judgeStream(false);
    if (verdict !== null) return this.endStream(verdict);
    this.recordBroken(failure, failure.kind);
    this.end();
    this.init.owner.onStreamBroken(this, failure);
  }

  private endStream(verdict: StreamVerdict | null): void {
    if (verdict === null) this.recordSuccess();
    else this.recordVerdict(verdict.result, verdict.reason);
    this.end();
    this.init.owner.onStreamEnded(this, verdict);
  }

  private judgeStream(hasEnded: boolean): StreamVerdict | null {
    if (this.phase !== 'streaming') return null;
    const fault = this.init.execution.inspectStream?.(hasEnded) ?? null;
    return fault === null ? null : judgeStreamFault(fault);
  }

  private onWholeAnswer(): void {
    const body = this.takeBody();
    const complaint = this.inspect(body);
    if (complaint !== null) return this.refuseAnswer(complaint);
    this.recordSuccess();
    this.end();
    this.init.owner.onAnswered(this, body);
  }

  private inspect(body: Buffer): string | null {
    try {
      return this.init.execution.inspectAnswer?.(this.candidate, body) ?? null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private collectError(): void {
    this.phase = 'collecting-error';
    this.collector = new BodyCollector(MAX_ERROR_BYTES);
    this.errorBodyTimer = setTimeout(() => this.onErrorBody(), ERROR_BODY_MS);
  }

  private onErrorBody(): void {
    const refusal = this.buildRefusal(this.status ?? 0);
    const kind = classifyUpstreamStatus(refusal.status, refusal.description.code);
    // Never a success: only statuses outside 2xx are collected here.
    if (kind === 'success') return this.refuseAnswer('unexpected status');
    const code = refusal.description.code;
    this.fail({ kind, refusal, reason: `status ${refusal.status}${code === null ? '' : ` (${code})`}` });
  }

  private buildRefusal(status: number): UpstreamRefusal {
    const isTruncated = this.collector?.isOverflown ?? false;
    const body = this.takeBody();
    const parsed = parseErrorBody(body);
    return {
      status,
      body,
      isTruncated,
      hasErrorShape: hasErrorShape(parsed),
      description: this.init.execution.parseError(this.init.dialect, parsed),
      retryAfterMs: parseRetryAfter(this.headers, this.init.clock.nowMs()),
    };
  }

  private refuseAnswer(reason: string): void {
    this.fail({ kind: 'unusable', reason });
  }

  private fail(outcome: AttemptOutcome): void {
    if (outcome.kind === 'broken') this.recordBroken(outcome.failure, outcome.reason);
    else this.recordVerdict(outcome.kind, outcome.reason);
    this.end();
    // Nothing to drop after a complete body; otherwise the rest of the answer is not worth its connection.
    this.call?.abort();
    this.init.owner.onAttemptFailed(this, outcome);
  }

  private recordSuccess(): void {
    this.init.permit.recordSuccess(this.firstByteMs ?? 0);
  }

  /**
   * A client with a tiny time limit or one that reads slowly, or our own shutdown, must not open the breaker for everybody.
   * A stream that outlasts the total time was alive until then, or the idle time would have ended it.
   */
  private recordBroken(failure: UpstreamFailure, reason: string): void {
    const isAlive = this.phase === 'streaming' || this.init.isTotalOfRequest;
    const isOwnLimit = failure.kind === 'timeout-total' && isAlive;
    if (isOwnLimit || failure.kind === 'aborted') this.init.permit.release();
    else this.init.permit.recordFailure(reason);
  }

  /** The client's own fault and rate limits say nothing about the provider. */
  private recordVerdict(kind: AttemptOutcome['kind'] | StreamVerdict['result'], reason: string): void {
    if (kind === 'rejected' || kind === 'rate-limited') this.init.permit.release();
    else this.init.permit.recordFailure(reason);
  }

  private takeBody(): Buffer {
    const body = this.collector?.concat() ?? Buffer.alloc(0);
    this.collector = null;
    return body;
  }

  private end(): void {
    this.phase = 'ended';
    this.collector = null;
    if (this.errorBodyTimer !== null) clearTimeout(this.errorBodyTimer);
  }
}
