import type { TokenUsage } from '../../chat/usage.js';
import { clipText } from '../../common/clip-text.js';
import type { Clock } from '../../common/clock.port.js';
import { ERROR_CATALOGUE } from '../../errors/catalogue.js';
import { parseTraceparent } from './parse-traceparent.js';
import {
  type AttemptTrace,
  type PipelineTraceRecord,
  type Stage,
  STAGES,
  type StageTrace,
} from './pipeline-trace.js';

export interface TraceStart {
  /** The request's UUIDv7. */
  id: string;
  clock: Clock;
  /** The client's W3C header; ignored unless it is exactly one and valid. */
  traceparent: string | string[] | undefined;
}

/** What is known about a request once it is over. */
export interface TraceOutcome {
  tenantId: string | null;
  keyId: string | null;
  clientRequestId: string | null;
  route: string;
  model: string | null;
  provider: string | null;
  status: number;
  errorCode: string | null;
  firedRules: string[];
  /** For exported spans only; the ring and PostgreSQL do not keep what follows. */
  method: string;
  streamed: boolean;
  cacheOutcome: string;
  /** Null where nothing was used or nobody knows. */
  usage: TokenUsage | null;
  /** Null where no price is known. */
  costNanoUsd: bigint | null;
}

type StageDetail = StageTrace['detail'];
type StageState = 'not-reached' | 'open' | StageTrace['outcome'];

const STAGE_INDEX = Object.fromEntries(STAGES.map((stage, index) => [stage, index])) as Record<Stage, number>;
const NO_TIMES: readonly number[] = STAGES.map(() => NaN);
const NO_STATES: readonly StageState[] = STAGES.map(() => 'not-reached');
const NO_DETAILS: readonly StageDetail[] = STAGES.map(() => null);
const NO_ATTEMPTS: AttemptTrace[] = [];
const NO_RULES: string[] = [];
const CLIENT_CLOSED = 499;
/** The standard's header has 55 characters; later versions may add some. */
const MAX_TRACEPARENT_LENGTH = 128;
const MAX_NAME_LENGTH = 256;

/**
 * The trace of one request while it runs, and afterwards in the ring. Stages are kept as numbers in three flat arrays and
 * expanded only when somebody reads `stages`: about 2 us a request, of which half is reading the clock.
 *
 * Every stage is listed. Those that were never begun say why: what refused earlier, or the reason given to
 * `skipRemaining`. One that was begun and not ended failed where it stood.
 */
export class PipelineTrace implements PipelineTraceRecord {
  readonly id: string;
  readonly startedAtMs: number;
  readonly traceparent: string | null;
  durationMs = 0;
  clientRequestId: string | null = null;
  tenantId: string | null = null;
  keyId: string | null = null;
  route = '';
  model: string | null = null;
  provider: string | null = null;
  status = 0;
  errorCode: string | null = null;
  firedRules: string[] = NO_RULES;
  attempts: AttemptTrace[] = NO_ATTEMPTS;
  sampledBy: string | null = null;

  private readonly clock: Clock;
  private readonly startedMs: number;
  private readonly starts = NO_TIMES.slice();
  private readonly durations = NO_TIMES.slice();
  private readonly states = NO_STATES.slice();
  private readonly details = NO_DETAILS.slice();
  private remainingReason: string | null = null;

  constructor({ id, clock, traceparent }: TraceStart) {
    this.id = id;
    this.clock = clock;
    this.startedAtMs = clock.nowMs();
    this.startedMs = clock.monotonicMs();
    this.traceparent = isShortText(traceparent) ? traceparent : null;
  }

  /** The client's trace id when it sent a valid one, else the request's id without dashes. */
  get traceId(): string {
    const parent = this.traceparent === null ? null : parseTraceparent(this.traceparent);
    return parent?.traceId ?? this.id.replaceAll('-', '');
  }

  /** A stage that is begun again goes on where it ended: its durations add up. */
  beginStage(stage: Stage): void {
    const index = STAGE_INDEX[stage];
    const now = this.clock.monotonicMs();
    const before = this.durations[index] as number;
    this.starts[index] = before >= 0 ? now - before : now;
    this.states[index] = 'open';
  }

  /** Ends a stage; one that was not begun took no time. */
  logStage(stage: Stage, outcome: StageTrace['outcome'], detail: StageDetail): void {
    this.closeStage(STAGE_INDEX[stage], outcome, detail);
  }

  skipStage(stage: Stage, reason: string): void {
    const index = STAGE_INDEX[stage];
    this.states[index] = 'skipped';
    this.details[index] = reason;
  }

  /** Why the stages that nobody begins are not needed, such as `answered from the cache`. */
  skipRemaining(reason: string): void {
    this.remainingReason = reason;
  }

  /** Ends the stages that an error left open: refused when the request was at fault, else failed. */
  failOpenStage(errorCode: string): void {
    const entry = ERROR_CATALOGUE[errorCode as keyof typeof ERROR_CATALOGUE] as
      { status: number } | undefined;
    const isRefusal = entry !== undefined && entry.status < CLIENT_CLOSED;
    for (let index = 0; index < STAGES.length; index++) {
      if (this.states[index] === 'open') this.closeStage(index, isRefusal ? 'refused' : 'failed', errorCode);
    }
  }

  addAttempt(attempt: AttemptTrace): void {
    if (this.attempts === NO_ATTEMPTS) this.attempts = [attempt];
    else this.attempts.push(attempt);
  }

  endTrace(outcome: TraceOutcome): PipelineTraceRecord {
    this.tenantId = outcome.tenantId;
    this.keyId = outcome.keyId;
    this.clientRequestId = outcome.clientRequestId;
    this.route = outcome.route;
    this.model = outcome.model === null ? null : clipText(outcome.model, MAX_NAME_LENGTH);
    this.provider = outcome.provider;
    this.status = outcome.status;
    this.errorCode = outcome.errorCode;
    this.firedRules = outcome.firedRules;
    if (outcome.errorCode !== null || outcome.status === CLIENT_CLOSED) {
      this.failOpenStage(outcome.errorCode ?? 'client_closed_request');
    }
    this.durationMs = this.clock.monotonicMs() - this.startedMs;
    return this;
  }

  /** Milliseconds per stage in the order of STAGES; NaN for one that did not run. */
  get stageDurationsMs(): readonly number[] {
    return this.durations;
  }

  get stages(): StageTrace[] {
    const reason = this.explainNotReached();
    return STAGES.map((_, index) => this.expandStage(index, reason));
  }

  private closeStage(index: number, outcome: StageTrace['outcome'], detail: StageDetail): void {
    const now = this.clock.monotonicMs();
    if (this.states[index] !== 'open') this.starts[index] = now;
    this.durations[index] = now - (this.starts[index] as number);
    this.states[index] = outcome;
    this.details[index] = detail;
  }

  private expandStage(index: number, notReachedReason: string): StageTrace {
    const stage = STAGES[index] as Stage;
    const state = this.states[index] ?? 'not-reached';
    const start = this.starts[index] ?? NaN;
    const startMs = Number.isNaN(start) ? this.durationMs : start - this.startedMs;
    if (state === 'not-reached') {
      return { stage, outcome: 'skipped', startMs, durationMs: 0, detail: notReachedReason };
    }
    const detail = this.details[index] ?? null;
    // Open at the end of a request that succeeded: it ran until the end.
    if (state === 'open') {
      return { stage, outcome: 'ran', startMs, durationMs: this.durationMs - startMs, detail };
    }
    const durationMs = this.durations[index] ?? NaN;
    return { stage, outcome: state, startMs, durationMs: Number.isNaN(durationMs) ? 0 : durationMs, detail };
  }

  private explainNotReached(): string {
    // A refusal that was kept in case the cache has the answer stands in the trace of that answer, too.
    if (this.remainingReason !== null && this.errorCode === null) return this.remainingReason;
    const refused = this.states.findIndex((state) => state === 'refused');
    if (refused >= 0) return `refused earlier by ${STAGES[refused]}`;
    const failed = this.states.findIndex((state) => state === 'failed');
    if (failed >= 0) return `failed earlier in ${STAGES[failed]}`;
    return this.errorCode === null ? 'not needed for this request' : `ended before it: ${this.errorCode}`;
  }
}

function isShortText(value: string | string[] | undefined): value is string {
  return typeof value === 'string' && value.length <= MAX_TRACEPARENT_LENGTH;
}

/** A plain copy with every stage, for JSON. */
export function toTraceRecord(trace: PipelineTraceRecord): PipelineTraceRecord {
  return {
    id: trace.id,
    traceId: trace.traceId,
    clientRequestId: trace.clientRequestId,
    tenantId: trace.tenantId,
    keyId: trace.keyId,
    route: trace.route,
    model: trace.model,
    provider: trace.provider,
    startedAtMs: trace.startedAtMs,
    durationMs: trace.durationMs,
    status: trace.status,
    errorCode: trace.errorCode,
    firedRules: trace.firedRules,
    stages: trace.stages,
    attempts: trace.attempts,
    sampledBy: trace.sampledBy,
  };
}
