import { configureOne, describeProvider, PRICE } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { TestGateway } from '../support/gateway.ts';
import type { UpstreamBehaviour } from '../support/upstreams/behaviour.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

describe('two deployments, by priority', () => {
  let first: Upstream;
  let second: Upstream;
  let gateway: TestGateway;

  beforeEach(async () => {
    first = await startOpenAiUpstream();
    second = await startAnthropicUpstream();
    gateway = await TestGateway.start({
      config: {
        ...configureOne('openai', first),
        providers: [
          describeProvider('openai', first, {
            timeouts: { firstByteMs: 300, idleMs: 300 },
            breaker: { consecutiveFailures: 3, openSeconds: 60 },
          }),
          describeProvider('anthropic', second, { name: 'backup' }),
        ],
        models: [
          {
            name: 'public',
            deployments: [
              { provider: 'openai', upstreamModel: 'one', priority: 0, price: PRICE },
              { provider: 'backup', upstreamModel: 'two', priority: 1, price: PRICE },
            ],
          },
        ],
      },
    });
  });
  afterEach(async () => {
    await gateway.stop();
    await Promise.all([first.close(), second.close()]);
  });

  it.each<[string, UpstreamBehaviour]>([
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['429', { status: 429, retryAfterSeconds: 5 }],
    ['401', { status: 401 }],
    ['a refused connection half way', { cutBeforeHead: true }],
    ['a body cut in the middle', { cutAfterBytes: 40 }],
    ['a body that is no JSON', { malformedAtFrame: 0 }],
    ['silence', { stall: true }],
    ['a redirect', { redirect: 'http://127.0.0.1:1/' }],
  ])('answers from the second when the first gives %s, whole and streamed', async (_name, behaviour) => {
    for (const stream of [false, true]) {
      // A stream that was cut after its first byte cannot be replaced; that has its own test.
      if (stream && (behaviour.cutAfterBytes !== undefined || behaviour.malformedAtFrame !== undefined))
        continue;
      first.enqueue(behaviour);
      const answer = await gateway.chat({ stream });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-tokenpak-provider')).toBe('backup');
      // A 429 cools the first deployment down, so that the second request does not ask it at all.
      if (behaviour.status !== 429) expect(answer.headers.get('x-tokenpak-attempts')).toBe('2');
      if (stream) expect(answer.text).toContain('data: [DONE]');
    }
  });

  it('shows a refused credential in the metrics although failover hides it', async () => {
    first.enqueue({ status: 401 });
    expect((await gateway.chat({})).status).toBe(200);
    const { text } = await gateway.send('/metrics');
    expect(text.match(/^tokenpak_(?:upstream_attempts_total|breaker_state).*$/gm)).toEqual([
      'tokenpak_upstream_attempts_total{provider="openai",outcome="misconfigured"} 1',
      'tokenpak_upstream_attempts_total{provider="backup",outcome="success"} 1',
      'tokenpak_breaker_state{provider="openai",model="public"} 0',
      'tokenpak_breaker_state{provider="backup",model="public"} 0',
    ]);
  });

  it('does not retry what the client did wrong', async () => {
    first.enqueue({ status: 422, errorMessage: 'unprocessable' });
    const answer = await gateway.chat({});
    expect(answer.status).toBe(422);
    expect(second.requests).toHaveLength(0);
  });

  it('ends a stream that breaks after its first byte with an error event, and books what came', async () => {
    first.enqueue({ text: 'word '.repeat(40), cutAfterFrames: 10 });
    const answer = await gateway.chat({ stream: true });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"error"');
    expect(answer.text).not.toContain('[DONE]');
    const [row] = await gateway.ledger(1);
    expect(row).toMatchObject({ status: 200, error_code: 'upstream_error', count_source: 'estimate' });
    expect(Number(row.output_tokens)).toBeGreaterThan(0);
    expect(Number(row.cost_nano_usd)).toBeGreaterThan(0);
  });

  it('opens the breaker after three failures in a row and leaves the deployment alone', async () => {
    first.setDefault({ status: 500 });
    for (let count = 0; count < 3; count += 1) await gateway.chat({});
    const asked = first.requests.length;
    for (let count = 0; count < 5; count += 1)
      expect((await gateway.chat({})).headers.get('x-tokenpak-attempts')).toBe('1');
    expect(first.requests.length).toBe(asked);
    const { json } = await gateway.admin('/stats');
    expect(
      json.deployments.some((each: { breaker: { state: string } }) => each.breaker.state === 'open'),
    ).toBe(true);
  });

  it.each<[UpstreamBehaviour, UpstreamBehaviour, number, string, string | null]>([
    [{ status: 500 }, { status: 500 }, 502, 'upstream_error', 'false'],
    [
      { status: 429, retryAfterSeconds: 7 },
      { status: 429, retryAfterSeconds: 9 },
      429,
      'upstream_rate_limited',
      null,
    ],
    [
      { status: 429, retryAfterSeconds: 90 },
      { status: 429, retryAfterSeconds: 95 },
      429,
      'upstream_rate_limited',
      'false',
    ],
    [{ stall: true }, { stall: true, headDelayMs: 0 }, 504, 'upstream_timeout', 'false'],
  ])('says what all of them had: %j and %j', async (one, two, status, code, shouldRetry) => {
    first.setDefault(one);
    second.setDefault(two);
    const answer = await gateway.chat(
      {},
      { authorization: `Bearer ${gateway.key()}`, 'x-tokenpak-timeout-ms': '1500' },
    );
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    expect(answer.headers.get('x-should-retry')).toBe(shouldRetry);
    if (status === 429) expect(answer.headers.get('retry-after')).toBe(String(one.retryAfterSeconds));
  });

  it('answers 503 with the wait when nobody is healthy', async () => {
    first.setDefault({ status: 429, retryAfterSeconds: 30 });
    second.setDefault({ status: 500 });
    let answer = await gateway.chat({});
    for (let count = 0; count < 12 && answer.status !== 503; count += 1) answer = await gateway.chat({});
    expect([answer.status, answer.json.error.code]).toEqual([503, 'no_healthy_provider']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('several deployments that all stall', () => {
  it('cost a request no more than the total time of all attempts, and the last one no blame', async () => {
    const upstreams = await Promise.all([1, 2, 3].map(() => startOpenAiUpstream()));
    const names = ['one', 'two', 'three'];
    const gateway = await TestGateway.start({
      env: { UPSTREAM_CONNECT_TIMEOUT_MS: '400', UPSTREAM_TOTAL_TIMEOUT_MS: '1000' },
      config: {
        providers: upstreams.map((upstream, index) =>
          describeProvider('openai', upstream, { name: names[index], timeouts: { firstByteMs: 600 } }),
        ),
        models: [
          {
            name: 'public',
            deployments: names.map((provider, priority) => ({ provider, upstreamModel: 'm', priority })),
          },
        ],
        tenants: [{ name: 'acme', keys: [{ name: 'main' }] }],
      },
    });
    for (const upstream of upstreams) upstream.setDefault({ stall: true });
    const answer = await gateway.chat({});
    expect([answer.status, answer.json.error.code]).toEqual([504, 'upstream_timeout']);
    const trace = await gateway.trace(answer);
    expect(trace.attempts).toMatchObject([
      { provider: 'one', reason: expect.stringContaining('timeout-first-byte') },
      { provider: 'two', reason: expect.stringContaining('timeout-total') },
    ]);
    const { json } = await gateway.admin('/stats');
    const failures = json.deployments.map((each: { failures: number }) => each.failures);
    expect(failures.sort()).toEqual([0, 1]);
    await gateway.stop();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });
});

describe.each(['openai', 'anthropic'] as const)('a refusal of a proxy in front of %s', (kind) => {
  it('is told in the dialect, with its status', async () => {
    const upstream = await (kind === 'openai' ? startOpenAiUpstream() : startAnthropicUpstream());
    const gateway = await TestGateway.start({ config: configureOne(kind, upstream) });
    const ask = (body: Record<string, unknown>) =>
      kind === 'openai' ? gateway.chat(body) : gateway.messages(body);
    for (const stream of [false, true]) {
      for (const [rawBody, message] of [
        ['<html><body>413</body></html>', 'The provider gave no reason.'],
        ['Request too large', 'Request too large'],
      ] as const) {
        upstream.enqueue({ status: 413, rawBody, rawContentType: 'text/html' });
        const answer = await ask({ stream });
        expect([answer.status, answer.json?.error.message]).toEqual([413, message]);
        expect(answer.headers.get('content-type')).toContain('application/json');
        expect(answer.headers.get('x-tokenpak-error-code')).toBe('upstream_rejected');
      }
      const rawBody = '{"error" : {"message":"no", "x":1.0}, "type":"error"}\n';
      upstream.enqueue({ status: 422, rawBody, rawContentType: 'application/json' });
      const answer = await ask({ stream });
      expect([answer.status, answer.text]).toEqual([422, rawBody]);
    }
    await gateway.stop();
    await upstream.close();
  });
});

describe('a provider that cannot be reached', () => {
  it.each([
    ['nobody listens', 'true', 'connect: no connection could be made (ECONNREFUSED)'],
    ['its address is forbidden', 'false', 'address-refused: the address may not be called'],
  ])('is described to tenants without its address where %s', async (_name, allowed, reason) => {
    const upstream = await startOpenAiUpstream();
    const { port } = new URL(upstream.url);
    await upstream.close();
    const gateway = await TestGateway.start({
      env: { ALLOW_PRIVATE_UPSTREAMS: allowed, LOG_LEVEL: 'debug' },
      isLogged: true,
      config: {
        ...configureOne('openai', upstream),
        providers: [
          describeProvider('openai', upstream, {
            baseUrl: `http://localhost:${port}/v1`,
            breaker: { consecutiveFailures: 1 },
          }),
        ],
      },
    });
    for (const stream of [false, true]) {
      const answer = await gateway.chat({ stream });
      const trace = await gateway.trace(answer);
      const { text, json } = await gateway.admin('/stats');
      if (!stream) expect(trace.attempts[0].reason).toBe(reason);
      expect(json.deployments[0].breaker.reason).toContain(reason);
      for (const shown of [answer.text, JSON.stringify(trace), text])
        expect(shown).not.toMatch(/127\.0\.0\.1|::1/);
    }
    // Operators find it in the log.
    expect(gateway.log).toMatch(/127\.0\.0\.1|::1/);
    expect(gateway.log).not.toContain('test-key');
    await gateway.stop();
  });
});

describe('a whole answer that is given up', () => {
  it.each([
    ['the client left', 499, 'client_closed_request', {}],
    ['time ran out', 504, 'upstream_timeout', { 'x-tokenpak-timeout-ms': '300' }],
  ])('is booked with its input where %s, and with nobody knows what of output', async (...args) => {
    const [, status, errorCode, headers] = args;
    const upstream = await startOpenAiUpstream();
    const gateway = await TestGateway.start({
      config: configureOne('openai', upstream, { budgets: [{ amountUsd: '1', period: 'day' }] }),
    });
    upstream.enqueue({ stall: true });
    const controller = new AbortController();
    const answered = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { authorization: `Bearer ${gateway.key()}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'public', messages: [{ role: 'user', content: 'word '.repeat(100) }] }),
    }).catch(() => null);
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    if (status === 499) controller.abort();
    await answered;
    const [row] = await gateway.ledger(1);
    expect(row).toMatchObject({
      status,
      error_code: errorCode,
      output_tokens: null,
      count_source: 'estimate',
    });
    expect(row.deployment_id).not.toBeNull();
    expect(Number(row.input_tokens)).toBeGreaterThan(100);
    expect(BigInt(row.cost_nano_usd)).toBe(BigInt(row.input_tokens) * 1_000n);
    await gateway.stop();
    await upstream.close();
  });
});

describe('a client that leaves', () => {
  it('cancels the upstream, books what came with 499, frees its slot', async () => {
    const upstream = await startOpenAiUpstream();
    const config = configureOne('openai', upstream, { rateLimits: [{ metric: 'concurrency', limit: 1 }] });
    const gateway = await TestGateway.start({ config });
    upstream.enqueue({ text: 'word '.repeat(200), tokensPerSecond: 100 });
    const controller = new AbortController();
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { authorization: `Bearer ${gateway.key()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'public', stream: true, messages: [{ role: 'user', content: 'long' }] }),
    });
    const reader = response.body?.getReader();
    for (let chunk = 0; chunk < 5; chunk += 1) await reader?.read();
    expect((await gateway.chat({})).status).toBe(429);
    controller.abort();
    await eventually(() => (upstream.abortedRequests() === 1 ? true : null));
    const [row] = await gateway.ledger(1);
    expect(row).toMatchObject({ status: 499, error_code: 'client_closed_request' });
    expect(Number(row.output_tokens)).toBeGreaterThan(0);
    await eventually(async () => ((await gateway.chat({})).status === 200 ? true : null));
    await gateway.stop();
    await upstream.close();
  });
});
