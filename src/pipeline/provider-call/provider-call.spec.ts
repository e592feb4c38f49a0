import type { TokenUsage } from '../../chat/usage.js';
import { ManualClock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { AttemptTrace, StageTrace } from '../../support/tracing/pipeline-trace.js';
import { PipelineTrace } from '../../support/tracing/trace-builder.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import type { ProviderRouterService } from '../provider-router/provider-router.service.js';
import type { BreakerDecision, Candidate, ExecutionSink } from '../provider-router/upstream-execution.js';
import { OPENAI_PROFILE } from '../provider-router/providers/openai/profile.js';
import type { RequestContext } from '../request-context.js';
import { ProviderCall } from './provider-call.js';

const USAGE: TokenUsage = {
  inputTokens: 1,
  outputTokens: 2,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: null,
  source: 'estimate',
};

const candidate = (id: string): Candidate => ({ deployment: { id }, provider: {} }) as unknown as Candidate;

/** A call whose upstream the test plays. */
class Setup {
  readonly trace: PipelineTrace;
  readonly context: RequestContext;
  readonly call: ProviderCall;
  sink!: ExecutionSink;

  constructor() {
    const clock = new ManualClock();
    this.trace = new PipelineTrace({ id: createId(), clock, traceparent: undefined });
    const body = { native: { stream: true, dialect: 'openai-chat' } };
    const context = { trace: this.trace, getBody: () => body, attempts: 0, upstreamMs: 0, usage: null };
    this.context = context as unknown as RequestContext;
    const router = {
      getProfile: () => OPENAI_PROFILE,
      execute: (_execution: unknown, sink: ExecutionSink) => {
        this.sink = sink;
        return { abort: () => undefined, pause: () => undefined, resume: () => undefined };
      },
    };
    this.call = new ProviderCall(this.context, [], {
      router: router as unknown as ProviderRouterService,
      formatAdapter: new FormatAdapterService(clock),
      clientHeaders: {},
      timeoutMs: null,
      clock,
    });
  }

  decide(...decisions: [id: string, decision: BreakerDecision][]): void {
    for (const [id, decision] of decisions) this.sink.onBreakerDecision(candidate(id), decision);
  }

  stage(name: string): Pick<StageTrace, 'outcome' | 'detail'> | undefined {
    const found = this.trace.stages.find(({ stage }) => stage === name);
    return found && { outcome: found.outcome, detail: found.detail };
  }
}

describe('ProviderCall', () => {
  it('leaves usage alone that was counted after the end of the stream, when the connection closes', async () => {
    const setup = new Setup();
    const answer = setup.call.start();
    setup.sink.onStreamStart({
      candidate: candidate('a'),
      status: 200,
      headers: {},
      attempts: 1,
      elapsedMs: 7,
    });
    await answer;
    setup.sink.onStreamData(Buffer.from('data: {"choices":[{"delta":{"content":"x"}}]}\n\ndata: [DONE]\n\n'));
    setup.sink.onStreamEnd(null);
    expect(setup.context.usage).toBeNull();
    setup.context.usage = USAGE;
    setup.call.abort();
    expect(setup.context.usage).toBe(USAGE);
  });

  it.each([
    ['data: {"choices":[{"delta":{"content":"x"}}]}\n\ndata: [DONE]\n\n', null],
    // Some servers close the stream without a marker, once they have said why it ends.
    ['data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n', null],
    ['data: {"choices":[{"delta":{"content":"x"}}]}\n\n', { error: null }],
    [
      'data: {"error":{"message":"Slow down.","code":"rate_limit_exceeded"}}\n\ndata: [DONE]\n\n',
      { error: { code: 'rate_limit_exceeded', message: 'Slow down.', param: null, status: 429 } },
    ],
  ])('finds what speaks against the stream %j', (text, fault) => {
    const setup = new Setup();
    void setup.call.start();
    setup.sink.onStreamStart({
      candidate: candidate('a'),
      status: 200,
      headers: {},
      attempts: 1,
      elapsedMs: 7,
    });
    setup.sink.onStreamData(Buffer.from(text));
    expect(setup.call.inspectStream(false)).toEqual(fault?.error == null ? null : fault);
    expect(setup.call.inspectStream(true)).toEqual(fault);
  });

  it('tells the time of the upstream at a stream’s start and end, each attempt once', () => {
    const setup = new Setup();
    void setup.call.start();
    const attempt = { durationMs: 30 } as AttemptTrace;
    setup.sink.onAttempt(attempt);
    setup.sink.onStreamStart({
      candidate: candidate('a'),
      status: 200,
      headers: {},
      attempts: 2,
      elapsedMs: 7,
    });
    expect(setup.context.upstreamMs).toBe(37);
    setup.sink.onAttempt({ ...attempt, durationMs: 50 });
    expect(setup.context.upstreamMs).toBe(80);
  });

  it('forgets who was given up when another answers', () => {
    const setup = new Setup();
    void setup.call.start();
    setup.sink.onCallGivenUp(candidate('a'));
    expect(setup.context.givenUp).toEqual(candidate('a'));
    expect(setup.context.origin).toBeUndefined();
    setup.sink.onStreamStart({
      candidate: candidate('b'),
      status: 200,
      headers: {},
      attempts: 2,
      elapsedMs: 7,
    });
    expect([setup.context.givenUp, setup.context.origin?.deployment?.id]).toEqual([null, 'b']);
  });

  it('traces that the breaker admitted the call, and by deployments where it did anything else', () => {
    const usual = new Setup();
    void usual.call.start();
    usual.decide(['a', 'admitted']);
    expect(usual.stage('circuit-breaker')).toEqual({ outcome: 'ran', detail: 'admitted' });
    const other = new Setup();
    void other.call.start();
    other.decide(['a', 'refused'], ['b', 'probe']);
    expect(other.stage('circuit-breaker')).toEqual({
      outcome: 'ran',
      detail: { refused: ['a'], probe: ['b'] },
    });
  });

  it('traces that the breakers refused a request which nobody could be asked for', async () => {
    const setup = new Setup();
    const answer = setup.call.start();
    setup.decide(['a', 'refused']);
    setup.sink.onError(new GatewayError('no_healthy_provider'));
    await expect(answer).rejects.toThrow(GatewayError);
    expect(setup.stage('circuit-breaker')).toEqual({ outcome: 'refused', detail: 'refused: a' });
    expect(setup.stage('upstream')).toEqual({ outcome: 'skipped', detail: 'no deployment was called' });
    expect(setup.stage('response-adapter')?.detail).toBe('refused earlier by circuit-breaker');
  });
});
