import type { Clock } from '../../common/clock.port.js';
import { isJsonObject, type JsonObject } from '../../common/json.js';
import type { Dialect } from '../../chat/dialect.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { AttemptTrace } from '../../support/tracing/pipeline-trace.js';
import type { Answer, AnswerOrigin } from '../answer.js';
import type { PlannedDeployment } from '../effective-plan/effective-plan.js';
import type { PassThroughStream, UpstreamErrorDescription } from '../format-adapter/dialect-adapter.port.js';
import type { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import { buildUpstreamHeaders } from '../provider-router/build-upstream-headers.js';
import type { ProviderRouterService } from '../provider-router/provider-router.service.js';
import type {
  BreakerDecision,
  Candidate,
  ExecutionHandle,
  ExecutionSink,
  PreparedRequest,
  StreamHead,
  UpstreamAnswer,
  UpstreamExecution,
} from '../provider-router/upstream-execution.js';
import type { StreamFault, StreamVerdict } from '../provider-router/stream-fault.js';
import type { UpstreamFailure } from '../provider-router/upstream-transport.port.js';
import type { RequestContext } from '../request-context.js';
import { WireBytes } from '../wire-bytes.js';
import { LiveStream } from './live-stream.js';
import { prepareUpstreamBody } from './prepare-upstream-request.js';

export interface ProviderCallParts {
  router: ProviderRouterService;
  formatAdapter: FormatAdapterService;
  clientHeaders: Record<string, string>;
  timeoutMs: number | null;
  clock: Clock;
}

/**
 * One request at the provider router: renders it for each candidate, and meters the answer on the way back, so that usage
 * is known in the context before anybody else sees the bytes. The context it writes to pays for the call.
 */
export class ProviderCall implements UpstreamExecution, ExecutionSink {
  readonly stream: boolean;
  readonly dialect: Dialect;
  readonly startedMonotonicMs: number;
  readonly timeoutMs: number | null;
  private handle: ExecutionHandle | null = null;
  private isAborted = false;
  private isOver = false;
  private resolve!: (answer: Answer) => void;
  private reject!: (error: GatewayError) => void;
  private droppedParams: readonly string[] = [];
  private endedAttempts = 0;
  private endedAttemptsMs = 0;
  /** Ids of deployments by decision; null while breakers simply admitted, as they nearly always do. */
  private unusualDecisions: Record<Exclude<BreakerDecision, 'admitted'>, string[]> | null = null;
  private live: LiveStream | null = null;
  private meter: PassThroughStream | null = null;

  constructor(
    private readonly context: RequestContext,
    readonly candidates: readonly Candidate[],
    private readonly parts: ProviderCallParts,
  ) {
    const { native } = context.getBody();
    this.stream = native.stream;
    this.dialect = native.dialect;
    this.startedMonotonicMs = context.startedMonotonicMs;
    this.timeoutMs = parts.timeoutMs;
  }

  start(): Promise<Answer> {
    this.context.trace.beginStage('upstream');
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.handle = this.parts.router.execute(this, this);
    });
  }

  pause(): void {
    this.handle?.pause();
  }

  resume(): void {
    this.handle?.resume();
  }

  /**
   * The client left. What the upstream has produced so far stays metered. Comes for every request when its connection
   * closes; after the end of the call it must not touch the usage, which may have been counted since.
   */
  abort(): void {
    if (this.isAborted || this.isOver) return;
    this.isAborted = true;
    this.readMeter();
    this.handle?.abort();
    this.reject(new GatewayError('client_closed_request'));
  }

  prepare(candidate: Candidate): PreparedRequest {
    const { provider } = candidate;
    const profile = this.parts.router.getProfile(provider);
    const { bytes, droppedParams } = prepareUpstreamBody(
      this.context.getBody(),
      candidate as PlannedDeployment,
      {
        adapter: this.parts.formatAdapter.getAdapter(profile.dialect),
        enforcedMaxOutputTokens: this.context.enforcedMaxOutputTokens,
      },
    );
    this.droppedParams = droppedParams;
    const isSameDialect = profile.dialect === this.dialect;
    return {
      path: profile.path,
      headers: buildUpstreamHeaders(profile, provider, this.parts.clientHeaders, isSameDialect),
      body: bytes,
    };
  }

  parseError(dialect: Dialect, body: unknown): UpstreamErrorDescription {
    return this.parts.formatAdapter.getAdapter(dialect).parseError(body);
  }

  /** A whole answer that cannot be read fails over like one that was cut; a good one is metered here. */
  inspectAnswer(candidate: Candidate, body: Buffer): string | null {
    const json = parseObject(body);
    if (json === null) return 'the answer is not a JSON object';
    const { dialect } = this.parts.router.getProfile(candidate.provider);
    this.context.usage = this.parts.formatAdapter.getAdapter(dialect).parseUsage(json);
    this.context.outputBytes = body.length;
    return null;
  }

  /** A connection that ends in good order does not make an answer complete; the dialect's end marker does. */
  inspectStream(hasEnded: boolean): StreamFault | null {
    const { meter } = this;
    if (meter === null) return null;
    if (hasEnded) meter.finish();
    if (meter.error === null && (meter.ended || !hasEnded)) return null;
    return { error: meter.error };
  }

  onBreakerDecision({ deployment }: Candidate, decision: BreakerDecision): void {
    if (decision !== 'admitted') {
      this.unusualDecisions ??= { refused: [], probe: [] };
      this.unusualDecisions[decision].push(deployment.id);
    }
    this.context.trace.logStage('circuit-breaker', 'ran', this.unusualDecisions ?? decision);
  }

  onAttempt(attempt: AttemptTrace): void {
    this.endedAttempts += 1;
    this.context.attempts = Math.max(this.context.attempts, this.endedAttempts);
    this.endedAttemptsMs += attempt.durationMs;
    this.context.upstreamMs = this.endedAttemptsMs;
    this.context.trace.addAttempt(attempt);
  }

  onCallGivenUp(candidate: Candidate): void {
    this.context.givenUp = candidate;
  }

  onAnswer(answer: UpstreamAnswer): void {
    const origin = this.describeOrigin(answer);
    this.context.isMetered = true;
    this.context.isComplete = true;
    this.logUpstream('ran');
    this.resolve({ kind: 'whole', origin, body: WireBytes.ofBuffer(answer.body) });
  }

  onStreamStart(head: StreamHead): void {
    const origin = this.describeOrigin(head);
    this.context.attempts = head.attempts;
    this.meter = this.parts.formatAdapter.getAdapter(origin.dialect).createPassThrough({ hideUsage: false });
    this.live = new LiveStream(origin, this);
    this.context.upstreamMs = this.endedAttemptsMs + head.elapsedMs;
    this.resolve(this.live);
  }

  onStreamData(chunk: Buffer): void {
    this.meter?.push(chunk);
    if (this.meter?.ended === true) this.finishMeter();
    this.live?.push(chunk);
  }

  /** What is wrong with it the reader of the stream sees for itself. */
  onStreamEnd(verdict: StreamVerdict | null): void {
    this.finishMeter();
    this.context.isComplete = verdict === null;
    this.logUpstream(verdict === null ? 'ran' : 'failed');
    this.live?.end(null);
  }

  onStreamFailure(failure: UpstreamFailure): void {
    this.readMeter();
    this.logUpstream('failed');
    const code = failure.kind.startsWith('timeout') ? 'upstream_timeout' : 'upstream_error';
    this.live?.end(new GatewayError(code, { cause: failure }));
  }

  onError(error: GatewayError): void {
    if (this.endedAttempts > 0) this.logUpstream('failed');
    else this.logNobodyCalled();
    this.reject(error);
  }

  private describeOrigin(head: StreamHead): AnswerOrigin {
    const { deployment, provider } = head.candidate;
    const origin: AnswerOrigin = {
      dialect: this.parts.router.getProfile(provider).dialect,
      provider,
      deployment,
      headers: head.headers,
      droppedParams: this.droppedParams,
    };
    this.context.origin = origin;
    this.context.givenUp = null;
    return origin;
  }

  private finishMeter(): void {
    this.readMeter();
    this.context.isMetered = true;
  }

  private readMeter(): void {
    if (this.meter === null) return;
    this.context.usage = this.meter.usage;
    this.context.outputBytes = this.meter.outputBytes;
  }

  private logNobodyCalled(): void {
    const { trace } = this.context;
    this.isOver = true;
    const refused = this.unusualDecisions?.refused ?? [];
    if (refused.length > 0) trace.logStage('circuit-breaker', 'refused', `refused: ${refused.join(', ')}`);
    trace.skipStage('upstream', 'no deployment was called');
  }

  private logUpstream(outcome: 'ran' | 'failed'): void {
    this.isOver = true;
    this.context.trace.logStage('upstream', outcome, { attempts: this.context.attempts });
  }
}

function parseObject(body: Buffer): JsonObject | null {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return isJsonObject(json) ? json : null;
  } catch {
    // The caller treats it as a failed attempt and says so in the trace.
    return null;
  }
}
