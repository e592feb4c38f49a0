import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '../../common/clock.port.js';
import type { DeploymentId } from '../../common/ids.js';
import { isJsonObject } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InProcessCircuitBreakers } from '../../support/circuit-breaker/in-process-circuit-breakers.js';
import type { AttemptTrace } from '../../support/tracing/pipeline-trace.js';
import type { ProviderConfig } from '../../tenancy/config-snapshot.js';
import { DEFAULT_BREAKER, DEFAULT_TIMEOUTS } from '../../tenancy/defaults.js';
import { DEFAULT_ROUTER_OPTIONS } from './default-router-options.js';
import type { ExecutorSettings } from './executor-parts.js';
import { ANTHROPIC_PROFILE } from './providers/anthropic/profile.js';
import { OPENAI_PROFILE } from './providers/openai/profile.js';
import { RetryBudget } from './retry-budget.js';
import { UndiciTransport } from './undici-transport.js';
import type { StreamFault, StreamVerdict } from './stream-fault.js';
import type {
  BreakerDecision,
  Candidate,
  ExecutionHandle,
  ExecutionSink,
  StreamHead,
  UpstreamAnswer,
  UpstreamExecution,
} from './upstream-execution.js';
import { UpstreamExecutor } from './upstream-executor.js';
import type { UpstreamFailure } from './upstream-transport.port.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const SSE = { 'content-type': 'text/event-stream' };
const clock = new SystemClock();

class RecordingSink implements ExecutionSink {
  readonly calls: string[] = [];
  readonly attempts: AttemptTrace[] = [];
  readonly decisions: string[] = [];
  readonly givenUp: string[] = [];
  answer: UpstreamAnswer | null = null;
  head: StreamHead | null = null;
  text = '';
  failure: UpstreamFailure | null = null;
  error: GatewayError | null = null;
  onFirstData: () => void = () => undefined;
  private finish: () => void = () => undefined;
  readonly done = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  onBreakerDecision({ deployment }: Candidate, decision: BreakerDecision): void {
    this.decisions.push(`${deployment.id} ${decision}`);
  }

  onAttempt(attempt: AttemptTrace): void {
    this.attempts.push(attempt);
  }

  onCallGivenUp({ deployment }: Candidate): void {
    this.givenUp.push(deployment.id);
  }

  onAnswer(answer: UpstreamAnswer): void {
    this.calls.push('answer');
    this.answer = answer;
    this.finish();
  }

  onStreamStart(head: StreamHead): void {
    this.calls.push('start');
    this.head = head;
  }

  onStreamData(chunk: Buffer): void {
    this.text += chunk.toString();
    this.onFirstData();
  }

  onStreamEnd(verdict: StreamVerdict | null): void {
    this.calls.push(verdict === null ? 'end' : `end: ${verdict.result}`);
    this.finish();
  }

  onStreamFailure(failure: UpstreamFailure): void {
    this.calls.push('stream-failure');
    this.failure = failure;
    this.finish();
  }

  onError(error: GatewayError): void {
    this.calls.push('error');
    this.error = error;
    this.finish();
  }

  get outcomes(): string[] {
    return this.attempts.map(({ deploymentId, outcome }) => `${deploymentId} ${outcome}`);
  }
}

function parseError(_dialect: string, body: unknown) {
  const error = isJsonObject(body) && isJsonObject(body.error) ? body.error : {};
  const message = typeof error.message === 'string' ? error.message : '';
  return { code: typeof error.code === 'string' ? error.code : null, message, param: null, status: null };
}

function answerJson(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

const OK = answerJson(200, { ok: true });

describe('UpstreamExecutor', () => {
  const closers: (() => void | Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** One server and one deployment per handler, named d0, d1, ...; in that order. */
  async function setUp(
    handlers: Handler[],
    settings: Partial<ExecutorSettings> = {},
    provider: Partial<ProviderConfig> = {},
  ) {
    const hits = handlers.map(() => 0);
    const candidates = await Promise.all(
      handlers.map(async (handler, index): Promise<Candidate> => {
        const server = createServer((request, response) => {
          hits[index] = (hits[index] ?? 0) + 1;
          request.resume();
          handler(request, response);
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        closers.push(() => {
          server.close();
          server.closeAllConnections();
        });
        return createCandidate(index, (server.address() as AddressInfo).port, provider);
      }),
    );
    const transport = new UndiciTransport({ allowPrivateAddresses: true });
    closers.push(() => transport.close());
    const breakers = new InProcessCircuitBreakers(clock);
    const bindings = {
      openai: { transport, profile: OPENAI_PROFILE },
      anthropic: { transport, profile: ANTHROPIC_PROFILE },
      simulated: { transport, profile: OPENAI_PROFILE },
    };
    const results: string[] = [];
    const executor = new UpstreamExecutor({
      breakers,
      bindings,
      clock,
      retryBudget: new RetryBudget({ ratio: 0.2, minimumPerSecond: 5 }, clock.monotonicMs()),
      recorder: {
        recordAttempt: ({ deployment }, result) => results.push(`${deployment.id} ${result}`),
      },
      settings: {
        ...DEFAULT_ROUTER_OPTIONS,
        backoff: { baseMs: 2, maxMs: 4, maxRetryAfterMs: 50 },
        ...settings,
      },
      random: () => 0.5,
    });
    return { executor, breakers, candidates, hits, results };
  }

  function createCandidate(index: number, port: number, provider: Partial<ProviderConfig>): Candidate {
    return {
      deployment: {
        id: `d${index}`,
        providerId: `p${index}`,
        upstreamModel: 'model',
        weight: 1,
        priority: index,
        defaultMaxOutputTokens: null,
        price: null,
        streamUsage: true,
        timeouts: {},
      } as unknown as Candidate['deployment'],
      provider: {
        id: `p${index}`,
        owner: 'platform',
        name: `provider-${index}`,
        kind: 'openai',
        baseUrl: `http://127.0.0.1:${port}/v1`,
        apiKey: 'secret',
        timeouts: DEFAULT_TIMEOUTS,
        breaker: DEFAULT_BREAKER,
        settings: {},
        ...provider,
      } as unknown as ProviderConfig,
    };
  }

  type Setup = Awaited<ReturnType<typeof setUp>>;

  function begin(
    setup: Setup,
    overrides: Partial<UpstreamExecution> = {},
  ): { sink: RecordingSink; handle: ExecutionHandle } {
    const sink = new RecordingSink();
    const execution: UpstreamExecution = {
      candidates: setup.candidates,
      stream: false,
      dialect: 'openai-chat',
      startedMonotonicMs: clock.monotonicMs(),
      timeoutMs: null,
      prepare: () => ({ path: '/chat/completions', headers: {}, body: Buffer.from('{}') }),
      parseError,
      ...overrides,
    };
    return { sink, handle: setup.executor.execute(execution, sink) };
  }

  async function run(setup: Setup, overrides: Partial<UpstreamExecution> = {}): Promise<RecordingSink> {
    const { sink } = begin(setup, overrides);
    await sink.done;
    return sink;
  }

  function countsOf(setup: Setup, id: string) {
    const status = setup.breakers.findStatus(id as DeploymentId);
    return { calls: status?.calls ?? 0, failures: status?.failures ?? 0 };
  }

  it('hands a whole answer over with its provider and only the allowed headers', async () => {
    const setup = await setUp([
      answerJson(
        200,
        { ok: true },
        { 'openai-processing-ms': '5', 'x-ratelimit-limit-requests': '9', 'set-cookie': 'a=b' },
      ),
    ]);
    const sink = await run(setup);
    expect(sink.answer?.body.toString()).toBe('{"ok":true}');
    expect(sink.answer).toMatchObject({ status: 200, attempts: 1, candidate: setup.candidates[0] });
    expect(sink.answer?.headers).toEqual({ 'content-type': 'application/json', 'openai-processing-ms': '5' });
    expect(sink.attempts).toMatchObject([
      { deploymentId: 'd0', provider: 'provider-0', upstreamModel: 'model', status: 200, outcome: 'success' },
    ]);
    expect(countsOf(setup, 'd0')).toEqual({ calls: 1, failures: 0 });
  });

  it.each([408, 500, 502, 503, 504])(
    'fails over to the next candidate on status %d and counts a failure',
    async (status) => {
      const setup = await setUp([answerJson(status, { error: { code: 'broken' } }), OK]);
      const sink = await run(setup);
      expect(sink.outcomes).toEqual(['d0 failed', 'd1 success']);
      expect(sink.attempts[0]).toMatchObject({ status, reason: `status ${status} (broken)` });
      expect(sink.answer?.attempts).toBe(2);
      expect(countsOf(setup, 'd0')).toEqual({ calls: 1, failures: 1 });
    },
  );

  it.each([401, 403])('fails over on %d and blames the configuration when nobody is left', async (status) => {
    const setup = await setUp([answerJson(status, {}), answerJson(status, {})]);
    const sink = await run(setup);
    expect(sink.error).toMatchObject({ code: 'upstream_misconfigured', status: 502 });
    expect(setup.hits).toEqual([1, 1]);
    expect(countsOf(setup, 'd0').failures).toBe(1);
  });

  it('takes a 404 for an unknown model as a wrong configuration', async () => {
    const setup = await setUp([answerJson(404, { error: { code: 'model_not_found' } }), OK]);
    expect((await run(setup)).outcomes).toEqual(['d0 failed', 'd1 success']);
  });

  it('records how every call ended, also one that failover hid', async () => {
    const cut: Handler = (request) => request.socket.destroy();
    const setup = await setUp(
      [
        answerJson(401, {}),
        answerJson(429, {}, { 'retry-after': '7' }),
        answerJson(500, {}),
        answerJson(302, {}, { location: 'http://127.0.0.1/' }),
        cut,
        OK,
      ],
      { maxAttempts: 6 },
    );
    await run(setup);
    expect(setup.results).toEqual([
      'd0 misconfigured',
      'd1 rate-limited',
      'd2 failed',
      'd3 failed',
      'd4 broken',
      'd5 success',
    ]);
    const rejecting = await setUp([answerJson(400, {})]);
    await run(rejecting);
    expect(rejecting.results).toEqual(['d0 rejected']);
  });

  it('records a call whose client left, once', async () => {
    const setup = await setUp([() => undefined]);
    const { handle } = begin(setup);
    handle.abort();
    handle.abort();
    expect(setup.results).toEqual(['d0 aborted']);
  });

  it('says whose work was given up: when time runs out or the client leaves, once the provider was sent the request', async () => {
    const silent: Handler = () => undefined;
    const slow = await setUp([silent, silent, OK], { timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 50 } });
    expect((await run(slow)).givenUp).toEqual(['d0', 'd1']);
    let onAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => (onAsked = resolve));
    const { sink, handle } = begin(await setUp([() => onAsked()]));
    await asked;
    handle.abort();
    expect(sink.givenUp).toEqual(['d0']);
    const early = begin(await setUp([silent]));
    early.handle.abort();
    expect(early.sink.givenUp).toEqual([]);
    // Refused already, only the body is slow.
    const refusing: Handler = (_request, response) => response.writeHead(429).flushHeaders();
    const refused = begin(await setUp([refusing]));
    await sleep(200);
    refused.handle.abort();
    expect([refused.sink.outcomes, refused.sink.givenUp]).toEqual([['d0 aborted'], []]);
    const failing = await setUp([answerJson(500, {}), (request) => void request.socket.destroy(), OK]);
    expect((await run(failing)).givenUp).toEqual([]);
  });

  it.each([400, 404, 409, 413, 422])(
    'passes %d on with body, code and message: no retry, no failover, no breaker',
    async (status) => {
      const body = { error: { code: 'context_length_exceeded', message: 'too long' } };
      const setup = await setUp([answerJson(status, body), OK]);
      const sink = await run(setup);
      expect(sink.error).toMatchObject({
        code: 'upstream_rejected',
        status,
        upstreamCode: 'context_length_exceeded',
        publicMessage: 'too long',
      });
      expect(sink.error?.rawBody?.toString()).toBe(JSON.stringify(body));
      expect(sink.outcomes).toEqual(['d0 rejected']);
      expect(countsOf(setup, 'd0')).toEqual({ calls: 0, failures: 0 });
    },
  );

  it.each([
    '<html>Request Entity Too Large</html>',
    'too large',
    '"too large"',
    '[]',
    '{}',
    '{"error":"no"}',
    '',
  ])('does not pass on as a body what is no error of a dialect: %j', async (body) => {
    const setup = await setUp([(_request, response) => response.writeHead(413).end(body)]);
    expect((await run(setup)).error).toMatchObject({
      code: 'upstream_rejected',
      status: 413,
      rawBody: null,
    });
  });

  it('keeps the refusal of another dialect from the caller as bytes', async () => {
    const setup = await setUp([answerJson(400, { error: { code: 'bad', message: 'no' } })]);
    const sink = await run(setup, { dialect: 'anthropic-messages' });
    expect([sink.error?.upstreamCode, sink.error?.rawBody]).toEqual(['bad', null]);
  });

  it('cools a rate-limited deployment down, takes the next, and does not come back before', async () => {
    const setup = await setUp([answerJson(429, {}, { 'retry-after': '7' }), OK]);
    expect((await run(setup)).outcomes).toEqual(['d0 failed', 'd1 success']);
    expect((await run(setup)).outcomes).toEqual(['d1 success']);
    expect(countsOf(setup, 'd0')).toEqual({ calls: 0, failures: 0 });
    expect(setup.breakers.retryAfterMs('d0' as DeploymentId)).toBeGreaterThan(6_000);
  });

  it('answers 429 with the shortest wait when all are rate limited, and again while all cool down', async () => {
    const setup = await setUp([
      answerJson(429, {}, { 'retry-after': '30' }),
      answerJson(529, {}, { 'retry-after-ms': '4000' }),
    ]);
    for (const expectedHits of [
      [1, 1],
      [1, 1],
    ]) {
      const sink = await run(setup);
      expect(sink.error).toMatchObject({ code: 'upstream_rate_limited', status: 429 });
      expect(sink.error?.retryAfterMs).toBeGreaterThan(3_000);
      expect(sink.error?.retryAfterMs).toBeLessThanOrEqual(4_000);
      expect(setup.hits).toEqual(expectedHits);
    }
  });

  it('repeats a lone candidate within the retry budget', async () => {
    let calls = 0;
    const setup = await setUp([
      (request, response) => (++calls < 3 ? answerJson(503, {}) : OK)(request, response),
    ]);
    const sink = await run(setup);
    expect(sink.outcomes).toEqual(['d0 failed', 'd0 failed', 'd0 success']);
  });

  it('stops at the attempt limit with upstream_error', async () => {
    const setup = await setUp([answerJson(500, {})], { maxAttempts: 3 });
    const sink = await run(setup);
    expect(sink.error).toMatchObject({ code: 'upstream_error', status: 502 });
    expect(setup.hits).toEqual([3]);
  });

  it('does not repeat when the provider asks for a longer wait than it is worth', async () => {
    const setup = await setUp([answerJson(503, {}, { 'retry-after': '60' })]);
    expect((await run(setup)).error?.code).toBe('upstream_error');
    expect(setup.hits).toEqual([1]);
  });

  it('answers 503 with the wait when every breaker is open, and calls nobody', async () => {
    const setup = await setUp([answerJson(500, {})], { maxAttempts: 1 });
    for (let count = 0; count < DEFAULT_BREAKER.consecutiveFailures; count++) await run(setup);
    const sink = await run(setup);
    expect(sink.error).toMatchObject({ code: 'no_healthy_provider', status: 503 });
    expect(sink.error?.retryAfterMs).toBeGreaterThan(9_000);
    expect(setup.hits).toEqual([DEFAULT_BREAKER.consecutiveFailures]);
    expect(sink.attempts).toEqual([]);
    expect(sink.decisions).toEqual(['d0 refused']);
  });

  it('tells what the breaker of each candidate said whose turn came', async () => {
    const breaker = { ...DEFAULT_BREAKER, consecutiveFailures: 1, openSeconds: 0.02, halfOpenSuccesses: 1 };
    const setup = await setUp([answerJson(500, {}), OK], {}, { breaker });
    expect((await run(setup)).decisions).toEqual(['d0 admitted', 'd1 admitted']);
    setup.breakers.coolDown('d1' as DeploymentId, 60_000);
    while (!setup.breakers.isProviderHealthy('d0' as DeploymentId))
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await run(setup)).decisions.slice(0, 2)).toEqual(['d0 probe', 'd1 refused']);
  });

  it('fails over from a slow head, and answers 504 when all are slow', async () => {
    const slow: Handler = () => undefined;
    const timeouts = { ...DEFAULT_TIMEOUTS, firstByteMs: 50 };
    const failedOver = await run(await setUp([slow, OK], { timeouts }));
    expect(failedOver.outcomes).toEqual(['d0 failed', 'd1 success']);
    const setup = await setUp([slow, slow], { timeouts });
    expect((await run(setup)).error).toMatchObject({ code: 'upstream_timeout', status: 504 });
    expect(setup.hits).toEqual([1, 1]);
  });

  it('keeps the request’s own time limit over all attempts', async () => {
    const setup = await setUp([() => undefined, () => undefined]);
    const sink = await run(setup, { timeoutMs: 80 });
    expect(sink.error?.code).toBe('upstream_timeout');
    expect(setup.hits).toEqual([1, 0]);
    // Or a client with a tiny limit could open the breaker for everybody.
    expect(countsOf(setup, 'd0')).toEqual({ calls: 0, failures: 0 });
  });

  it('bounds the whole request by the process’s total time, whatever the client asks for', async () => {
    const silent: Handler = () => undefined;
    for (const timeoutMs of [null, 60_000]) {
      const timeouts = { ...DEFAULT_TIMEOUTS, firstByteMs: 80, totalMs: 200 };
      const setup = await setUp([silent, silent, silent, silent], { timeouts });
      const startedMs = clock.monotonicMs();
      const sink = await run(setup, { timeoutMs });
      expect(sink.error?.code).toBe('upstream_timeout');
      expect(setup.hits).toEqual([1, 1, expect.anything(), 0]);
      const ended = sink.attempts.map(({ reason }) => reason?.split(':')[0]);
      expect(ended.at(0)).toBe('timeout-first-byte');
      expect(ended.at(-1)).toBe('timeout-total');
      // Who was slow to its first byte is blamed; who was called when hardly any time was left is not.
      expect(countsOf(setup, 'd0').failures).toBe(1);
      expect(countsOf(setup, `d${ended.length - 1}`)).toEqual({ calls: 0, failures: 0 });
      expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(200);
    }
  });

  it('blames a provider that takes longer than its own total time', async () => {
    const own = { timeouts: { ...DEFAULT_TIMEOUTS, totalMs: 60 } };
    const setup = await setUp([() => undefined, OK], {}, own);
    expect((await run(setup)).outcomes).toEqual(['d0 failed', 'd1 success']);
    expect(countsOf(setup, 'd0')).toEqual({ calls: 1, failures: 1 });
  });

  it('fails over from a whole answer that is cut in the middle', async () => {
    const cut: Handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '50' });
      response.write('{"half":', () => response.destroy());
    };
    const setup = await setUp([cut, OK]);
    const sink = await run(setup);
    expect(sink.calls).toEqual(['answer']);
    expect(sink.answer?.body.toString()).toBe('{"ok":true}');
    expect(countsOf(setup, 'd0').failures).toBe(1);
  });

  it('fails over from an answer that the caller finds unusable', async () => {
    const setup = await setUp([(_request, response) => response.writeHead(200).end('<html>'), OK]);
    const inspectAnswer = (_candidate: Candidate, body: Buffer) => (body[0] === 0x7b ? null : 'not JSON');
    expect((await run(setup, { inspectAnswer })).attempts[0]?.reason).toBe('not JSON');
  });

  it('takes a redirect for a failure and does not follow it', async () => {
    const setup = await setUp([
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ]);
    expect((await run(setup)).error?.code).toBe('upstream_error');
    expect(setup.hits).toEqual([1]);
  });

  it('takes the next candidate when one cannot express the request', async () => {
    const setup = await setUp([OK, OK]);
    const prepare = ({ deployment }: Candidate) => {
      if (deployment.id === 'd0') throw new GatewayError('unsupported_parameter', { param: 'n' });
      return { path: '/', headers: {}, body: Buffer.from('{}') };
    };
    expect((await run(setup, { prepare })).outcomes).toEqual(['d1 success']);
    const lone = { ...setup, candidates: setup.candidates.slice(0, 1) };
    expect((await run(lone, { prepare })).error).toMatchObject({ code: 'unsupported_parameter', param: 'n' });
  });

  describe('streams', () => {
    const stream = { stream: true };
    const goodStream: Handler = (_request, response) => {
      response.writeHead(200, SSE);
      response.write('data: 1\n\n');
      setImmediate(() => response.end('data: 2\n\n'));
    };

    it('passes chunks on and counts one success at the end', async () => {
      const setup = await setUp([goodStream]);
      const sink = await run(setup, stream);
      expect(sink.calls).toEqual(['start', 'end']);
      expect(sink.text).toBe('data: 1\n\ndata: 2\n\n');
      expect(sink.head).toMatchObject({ status: 200, attempts: 1, headers: SSE });
      expect(countsOf(setup, 'd0')).toEqual({ calls: 1, failures: 0 });
    });

    it.each<[string, Handler]>([
      [
        'is cut before its first chunk',
        (_request, response) => (response.writeHead(200, SSE), response.flushHeaders(), response.destroy()),
      ],
      ['is empty', (_request, response) => response.writeHead(200, SSE).end()],
      [
        'begins with an error event',
        (_request, response) => response.writeHead(200, SSE).end('event: error\ndata: {"type":"error"}\n\n'),
      ],
      ['is JSON instead', answerJson(200, { choices: [] })],
    ])('fails over when a stream %s', async (_name, handler) => {
      const setup = await setUp([handler, goodStream]);
      const sink = await run(setup, stream);
      expect(sink.outcomes).toEqual(['d0 failed', 'd1 success']);
      expect(sink.text).toBe('data: 1\n\ndata: 2\n\n');
      expect(countsOf(setup, 'd0').failures).toBe(1);
    });

    it('does not fail over once a chunk was handed over; the cut counts as a failure', async () => {
      const cut: Handler = (_request, response) => {
        response.writeHead(200, SSE);
        response.write('data: 1\n\n', () => setTimeout(() => response.destroy(), 10));
      };
      const setup = await setUp([cut, goodStream]);
      const sink = await run(setup, stream);
      expect(sink.calls).toEqual(['start', 'stream-failure']);
      expect([sink.text, sink.failure?.kind]).toEqual(['data: 1\n\n', 'reset']);
      expect(setup.hits).toEqual([1, 0]);
      expect(countsOf(setup, 'd0')).toEqual({ calls: 1, failures: 1 });
      expect(sink.outcomes).toEqual(['d0 failed']);
    });

    const describeError = (status: number | null, code: string): StreamFault => ({
      error: { code, message: 'Bad.', param: null, status },
    });
    const reset: Handler = (_request, response) => {
      response.writeHead(200, SSE);
      response.write('data: 1\n\n', () => setTimeout(() => response.destroy(), 10));
    };

    it.each<[string, StreamFault, string, string, { calls: number; failures: number }, boolean]>([
      ['no end marker', { error: null }, 'broken', 'failed', { calls: 1, failures: 1 }, false],
      ['an error', describeError(500, 'server_error'), 'failed', 'failed', { calls: 1, failures: 1 }, false],
      [
        'an error without a word',
        describeError(null, 'x'),
        'failed',
        'failed',
        { calls: 1, failures: 1 },
        false,
      ],
      ['a wrong key', describeError(401, 'x'), 'misconfigured', 'failed', { calls: 1, failures: 1 }, false],
      [
        'the client’s fault',
        describeError(400, 'x'),
        'rejected',
        'rejected',
        { calls: 0, failures: 0 },
        false,
      ],
      ['a rate limit', describeError(429, 'x'), 'rate-limited', 'failed', { calls: 0, failures: 0 }, true],
      ['an overload', describeError(529, 'x'), 'rate-limited', 'failed', { calls: 0, failures: 0 }, true],
    ])('takes a stream with %s inside for what its status would be', async (...args) => {
      const [, fault, result, outcome, counts, coolsDown] = args;
      for (const handler of fault.error === null ? [goodStream] : [goodStream, reset]) {
        const setup = await setUp([handler]);
        const sink = await run(setup, {
          ...stream,
          inspectStream: (hasEnded) => (hasEnded || fault.error !== null ? fault : null),
        });
        expect(sink.calls).toEqual(['start', `end: ${result}`]);
        expect(setup.results).toEqual([`d0 ${result}`]);
        expect(sink.outcomes).toEqual([`d0 ${outcome}`]);
        expect(countsOf(setup, 'd0')).toEqual(counts);
        expect(setup.breakers.retryAfterMs('d0' as DeploymentId) > 0).toBe(coolsDown);
      }
    });

    it('counts an error event although the client left on it', async () => {
      const open: Handler = (_request, response) => void response.writeHead(200, SSE).write('data: 1\n\n');
      const setup = await setUp([open]);
      const { sink, handle } = begin(setup, { ...stream, inspectStream: () => describeError(500, 'busy') });
      await new Promise<void>((resolve) => {
        sink.onFirstData = resolve;
      });
      handle.abort();
      expect(setup.results).toEqual(['d0 failed']);
      expect(sink.attempts).toMatchObject([
        { outcome: 'failed', reason: 'error event in the stream (busy)' },
      ]);
      expect(countsOf(setup, 'd0')).toEqual({ calls: 1, failures: 1 });
    });

    it('counts the end of a stream that was a probe, after the breaker has closed', async () => {
      const breaker = { ...DEFAULT_BREAKER, consecutiveFailures: 1, openSeconds: 0.02, halfOpenSuccesses: 1 };
      let isBroken = true;
      const handler: Handler = (request, response) =>
        (isBroken ? answerJson(500, {}) : goodStream)(request, response);
      const setup = await setUp([handler], { maxAttempts: 1 }, { breaker });
      await run(setup, stream);
      isBroken = false;
      while (!setup.breakers.isProviderHealthy('d0' as DeploymentId))
        await new Promise((resolve) => setTimeout(resolve, 5));
      const { sink } = begin(setup, { ...stream, inspectStream: () => describeError(500, 'busy') });
      const states: unknown[] = [];
      sink.onFirstData = () => states.push(setup.breakers.listStatus()[0]?.breaker.state);
      await sink.done;
      expect(states[0]).toBe('closed');
      expect(setup.breakers.listStatus()[0]?.breaker).toMatchObject({
        state: 'open',
        reason: expect.stringContaining('error event in the stream (busy)'),
      });
    });

    it('ends a stalled stream by the idle timeout and counts a failure', async () => {
      const stall: Handler = (_request, response) => void response.writeHead(200, SSE).write('data: 1\n\n');
      const setup = await setUp([stall], { timeouts: { ...DEFAULT_TIMEOUTS, idleMs: 50 } });
      expect((await run(setup, stream)).failure?.kind).toBe('timeout-idle');
      expect(countsOf(setup, 'd0').failures).toBe(1);
    });

    it('ends a stream that outlasts the total time without blaming the provider', async () => {
      const trickle: Handler = (_request, response) => {
        response.writeHead(200, SSE);
        const timer = setInterval(() => response.write('data: 1\n\n'), 5);
        response.on('close', () => clearInterval(timer));
      };
      const setup = await setUp([trickle], { timeouts: { ...DEFAULT_TIMEOUTS, totalMs: 60 } });
      expect((await run(setup, stream)).failure?.kind).toBe('timeout-total');
      expect(countsOf(setup, 'd0')).toEqual({ calls: 0, failures: 0 });
    });

    it('cancels the upstream when the client leaves, and counts nothing', async () => {
      let closed: Promise<void> = Promise.resolve();
      const endless: Handler = (_request, response) => {
        closed = new Promise((resolve) => response.once('close', () => resolve()));
        response.writeHead(200, SSE).write('data: 1\n\n');
      };
      const setup = await setUp([endless, goodStream]);
      const { sink, handle } = begin(setup, stream);
      await new Promise<void>((resolve) => {
        sink.onFirstData = resolve;
      });
      handle.abort();
      handle.abort();
      await closed;
      expect(sink.calls).toEqual(['start']);
      expect(sink.outcomes).toEqual(['d0 aborted']);
      expect(countsOf(setup, 'd0')).toEqual({ calls: 0, failures: 0 });
      expect(setup.hits).toEqual([1, 0]);
    });

    it('hears nothing more when it aborts from inside the first chunk', async () => {
      const setup = await setUp([goodStream]);
      const { sink, handle } = begin(setup, stream);
      const chunk = new Promise<void>((resolve) => {
        sink.onFirstData = () => {
          handle.abort();
          resolve();
        };
      });
      await chunk;
      await new Promise((resolve) => setImmediate(resolve));
      expect([sink.calls, sink.text, sink.outcomes]).toEqual([['start'], 'data: 1\n\n', ['d0 aborted']]);
    });

    it('lets other probes pass while a probed stream runs on', async () => {
      const breaker = { ...DEFAULT_BREAKER, consecutiveFailures: 1, openSeconds: 0.02, halfOpenSuccesses: 1 };
      let isBroken = true;
      const endless: Handler = (request, response) => {
        if (isBroken) return answerJson(500, {})(request, response);
        response.writeHead(200, SSE).write('data: 1\n\n');
      };
      const setup = await setUp([endless], { maxAttempts: 1 }, { breaker });
      await run(setup, stream);
      isBroken = false;
      while (!setup.breakers.isProviderHealthy('d0' as DeploymentId))
        await new Promise((resolve) => setTimeout(resolve, 5));
      const { sink, handle } = begin(setup, stream);
      await new Promise<void>((resolve) => {
        sink.onFirstData = resolve;
      });
      expect(setup.breakers.listStatus()[0]?.breaker.state).toBe('closed');
      handle.abort();
    });
  });

  it('survives faults of our own code with the permit given back', async () => {
    const setup = await setUp([OK]);
    const prepare = () => {
      throw new TypeError('a bug');
    };
    expect((await run(setup, { prepare })).error?.code).toBe('internal_error');
    const inspectAnswer = () => {
      throw new Error('not a chat answer');
    };
    const sink = await run(setup, { inspectAnswer });
    expect([sink.error?.code, sink.attempts[0]?.reason]).toEqual(['upstream_error', 'not a chat answer']);
  });

  it('gives the probe back when the client leaves before an answer', async () => {
    const setup = await setUp([() => undefined]);
    const { sink, handle } = begin(setup);
    handle.abort();
    expect(sink.outcomes).toEqual(['d0 aborted']);
    expect(countsOf(setup, 'd0')).toEqual({ calls: 0, failures: 0 });
  });

  it('calls nobody else when the client leaves while an attempt is being reported', async () => {
    const setup = await setUp([answerJson(500, {}), OK]);
    const { sink, handle } = begin(setup);
    const reported = new Promise<void>((resolve) => {
      sink.onAttempt = () => {
        handle.abort();
        resolve();
      };
    });
    await reported;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([sink.calls, setup.hits]).toEqual([[], [1, 0]]);
  });

  it('stops waiting for a retry when the client leaves', async () => {
    const setup = await setUp([answerJson(500, {})], {
      backoff: { baseMs: 60_000, maxMs: 60_000, maxRetryAfterMs: 50 },
    });
    const { sink, handle } = begin(setup);
    while (sink.attempts.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    handle.abort();
    expect([sink.calls, setup.hits]).toEqual([[], [1]]);
  });
});
