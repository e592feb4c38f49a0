import { configureOne, describeProvider, PRICE } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

let prompts = 0;
const freshPrompt = (): { role: string; content: string }[] => [
  { role: 'user', content: `question ${(prompts += 1)}` },
];
const outcome = (answer: Answer): string | null => answer.headers.get('x-tokenpak-cache');

describe.each(['in process', 'with Redis'])('response cache %s', (kind) => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    gateway = await TestGateway.start({
      ...(kind === 'with Redis' ? { redisUrl: process.env['TEST_REDIS_URL'] ?? '' } : {}),
      config: {
        ...configureOne('openai', upstream),
        tenants: [
          {
            name: 'acme',
            keys: [{ name: 'main' }, { name: 'colleague' }, { name: 'narrow', allowedModels: ['public'] }],
          },
          { name: 'rival', keys: [{ name: 'rival' }] },
          {
            name: 'thrifty',
            keys: [{ name: 'capped' }, { name: 'uncapped' }],
            budgets: [{ amountUsd: '5', period: 'day', mode: 'hard', scope: { key: 'capped' } }],
          },
          { name: 'eager', cache: { mode: 'always', ttlSeconds: 60 }, keys: [{ name: 'eager' }] },
          { name: 'none', cache: { mode: 'off', ttlSeconds: 60 }, keys: [{ name: 'none' }] },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });
  beforeEach(() => upstream.reset());

  const as = (name: string, more: Record<string, string> = {}) => ({
    authorization: `Bearer ${gateway.key(name)}`,
    ...more,
  });

  it('answers the same deterministic request from memory, for nothing, with the same bytes', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    const miss = await gateway.chat(body);
    const hit = await gateway.chat(body);
    expect([outcome(miss), outcome(hit)]).toEqual(['miss', 'hit']);
    expect(hit.text).toBe(miss.text);
    expect(hit.headers.get('x-tokenpak-cost-usd')).toBe('0');
    expect(upstream.requests).toHaveLength(1);
  });

  it('is told by a seed too, and by nothing else unless the tenant says always', async () => {
    const seeded = { messages: freshPrompt(), seed: 7 };
    await gateway.chat(seeded);
    expect(outcome(await gateway.chat(seeded))).toBe('hit');
    const plain = { messages: freshPrompt() };
    await gateway.chat(plain);
    expect(outcome(await gateway.chat(plain))).toBe('off');
    await gateway.chat(plain, as('eager'));
    expect(outcome(await gateway.chat(plain, as('eager')))).toBe('hit');
    const zero = { messages: freshPrompt(), temperature: 0 };
    await gateway.chat(zero, as('none'));
    expect(outcome(await gateway.chat(zero, as('none')))).toBe('off');
  });

  it('is shared inside a tenant, and never between tenants', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    await gateway.chat(body);
    expect(outcome(await gateway.chat(body, as('colleague')))).toBe('hit');
    expect(outcome(await gateway.chat(body, as('rival')))).toBe('miss');
  });

  it('tells requests apart by every member that can matter, known or not', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    await gateway.chat(body);
    for (const change of [
      { max_tokens: 9 },
      { top_p: 0.5 },
      { unknown_member: 1 },
      { tools: [] },
      { stop: ['x'] },
    ]) {
      expect(outcome(await gateway.chat({ ...body, ...change }))).toBe('miss');
    }
    for (const change of [{ user: 'someone' }, { metadata: { a: 'b' } }, { stream: true }]) {
      expect(outcome(await gateway.chat({ ...body, ...change }))).toBe('hit');
    }
  });

  it('replays a recorded stream as a stream and as a body, and a recorded body as a stream', async () => {
    upstream.setDefault({ text: 'recorded' });
    const streamed = { messages: freshPrompt(), temperature: 0, stream: true };
    const first = await gateway.chat(streamed);
    const replay = await gateway.chat(streamed);
    expect([outcome(replay), replay.text]).toEqual(['hit', first.text]);
    const body = await gateway.chat({ ...streamed, stream: false });
    expect(outcome(body)).toBe('hit');
    expect(body.json.choices[0].message.content).toBe('recorded');

    const whole = { messages: freshPrompt(), temperature: 0 };
    await gateway.chat(whole);
    const asStream = await gateway.chat({ ...whole, stream: true });
    expect(outcome(asStream)).toBe('hit');
    expect(asStream.text).toContain('recorded');
    expect(asStream.text).toContain('data: [DONE]');
    upstream.setDefault({});
  });

  it('obeys the headers of the client: off, refresh, a shorter life', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    upstream.enqueue({ text: 'old' }, { text: 'new' });
    await gateway.chat(body);
    expect((await gateway.chat(body, as('main', { 'x-tokenpak-cache': 'refresh' }))).text).toContain('new');
    expect((await gateway.chat(body)).text).toContain('new');
    expect(outcome(await gateway.chat(body, as('main', { 'x-tokenpak-cache': 'off' })))).toBe('off');
    expect(
      outcome(
        await gateway.chat({ ...body, messages: freshPrompt() }, as('main', { 'x-tokenpak-cache-ttl': '0' })),
      ),
    ).toBe('off');
  });

  it('makes one upstream call for identical requests at the same time; the others pay nothing', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    upstream.enqueue({ headDelayMs: 150 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => gateway.chat(body)));
    expect(upstream.requests).toHaveLength(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const paid = answers.filter((answer) => answer.headers.get('x-tokenpak-cost-usd') !== '0');
    expect(paid).toHaveLength(1);
  });

  it('goes on for the others when the one that started the call leaves, and stops when the last leaves', async () => {
    const body = JSON.stringify({ model: 'public', temperature: 0, messages: freshPrompt() });
    upstream.enqueue({ headDelayMs: 400 });
    const open = (controller: AbortController) =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        body,
        signal: controller.signal,
        headers: { ...as('main'), 'content-type': 'application/json' },
      });
    const [leader, follower] = [new AbortController(), new AbortController()];
    const first = open(leader).catch(() => null);
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    const second = open(follower);
    await new Promise((resolve) => setTimeout(resolve, 50));
    leader.abort();
    await first;
    expect((await second).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);

    upstream.enqueue({ headDelayMs: 60_000 });
    const alone = new AbortController();
    const lonely = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: alone.signal,
      headers: { ...as('main'), 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'public', temperature: 0, messages: freshPrompt() }),
    }).catch(() => null);
    await eventually(() => (upstream.requests.length === 2 ? true : null));
    alone.abort();
    await lonely;
    await eventually(() => (upstream.abortedRequests() === 1 ? true : null));
  });

  it('keeps neither errors nor answers that were cut', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    upstream.enqueue({ status: 400 });
    expect((await gateway.chat(body)).status).toBe(400);
    expect(outcome(await gateway.chat(body))).toBe('miss');
  });

  it.each([
    ['cut', { cutAfterFrames: 5 }],
    ['ended early', { endAfterFrames: 5 }],
    ['broken off by an error event', { errorAfterFrames: 5 }],
  ])('keeps no stream that was %s', async (_how, behaviour) => {
    const stream = { messages: freshPrompt(), temperature: 0, stream: true };
    upstream.enqueue({ text: 'word '.repeat(30), ...behaviour });
    await gateway.chat(stream);
    expect(outcome(await gateway.chat(stream))).toBe('miss');
    expect(outcome(await gateway.chat(stream))).toBe('hit');
  });

  it('keeps for other keys no answer that the budget of one has cut short', async () => {
    for (const [words, next] of [
      [6_000, 'miss'],
      [20, 'hit'],
    ] as const) {
      const body = { messages: freshPrompt(), temperature: 0 };
      upstream.enqueue({ tokens: words });
      expect(outcome(await gateway.chat(body, as('capped')))).toBe('miss');
      expect(upstream.requests.at(-1)?.json).toHaveProperty('max_completion_tokens');
      expect(outcome(await gateway.chat(body, as('uncapped')))).toBe(next);
    }
  });

  it('shares a call only between requests that budgets bound alike', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    upstream.enqueue({ text: 'bounded', headDelayMs: 500 });
    const leader = gateway.chat(body, as('capped'));
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    const follower = gateway.chat(body, as('capped'));
    upstream.enqueue({ text: 'as long as it takes' });
    const unbounded = await gateway.chat(body, as('uncapped'));
    expect(unbounded.json.choices[0].message.content).toBe('as long as it takes');
    expect(upstream.requests[1]?.json).not.toHaveProperty('max_completion_tokens');
    expect((await follower).text).toBe((await leader).text);
    expect(await gateway.ledgerRow(await follower)).toMatchObject({ cache: 'shared' });
    expect(upstream.requests).toHaveLength(2);
  });

  it('answers a client that wants a body from the stream of another', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    upstream.enqueue({ text: 'in common', headDelayMs: 150 });
    const stream = gateway.chat({ ...body, stream: true });
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    const whole = await gateway.chat(body);
    await stream;
    expect(await gateway.ledgerRow(whole)).toMatchObject({ cache: 'shared' });
    expect(whole.headers.get('content-type')).toBe('application/json');
    expect(whole.json.choices[0].message.content).toBe('in common');
  });

  it('books the one that started a stream when all have left in its middle', async () => {
    const body = JSON.stringify({ model: 'public', temperature: 0, stream: true, messages: freshPrompt() });
    upstream.enqueue({ text: 'word '.repeat(2_000), tokensPerSecond: 20 });
    const open = (controller: AbortController) =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        body,
        signal: controller.signal,
        headers: { ...as('main'), 'content-type': 'application/json' },
      });
    const [leader, follower] = [new AbortController(), new AbortController()];
    const first = await open(leader);
    const second = await open(follower);
    leader.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    follower.abort();
    const row = await gateway.ledgerRow(first);
    expect(row).toMatchObject({ status: 499, cache: 'miss' });
    expect(await gateway.ledgerRow(second)).toMatchObject({ status: 499, cache: 'shared' });
    expect(Number(row.output_tokens)).toBeGreaterThan(0);
    expect(Number(row.cost_nano_usd)).toBeGreaterThan(0);
  });
});

describe('a cached answer', () => {
  it('is translated for a client of the same dialect as the request, whatever the provider speaks', async () => {
    const upstream = await startAnthropicUpstream();
    const gateway = await TestGateway.start({ config: configureOne('anthropic', upstream) });
    const body = { messages: freshPrompt(), temperature: 0 };
    const miss = await gateway.chat(body);
    const hit = await gateway.chat(body);
    expect(outcome(hit)).toBe('hit');
    expect(hit.json.choices).toEqual(miss.json.choices);
    await gateway.stop();
    await upstream.close();
  });

  it('is read by another process through Redis', async () => {
    const upstream = await startOpenAiUpstream();
    const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
    const encryptionKey = Buffer.alloc(32, 7).toString('base64');
    const keyConfig = configureOne('openai', upstream);
    const one = await TestGateway.start({ config: keyConfig, redisUrl, encryptionKey });
    const two = await TestGateway.start({
      config: {
        providers: [describeProvider('openai', upstream)],
        models: [
          {
            name: 'public',
            deployments: [{ provider: 'openai', upstreamModel: 'upstream-model', price: PRICE }],
          },
        ],
        tenants: [{ name: 'acme', keys: [{ name: 'main', key: { env: 'TEST_KEY' } }] }],
      },
      redisUrl,
      encryptionKey,
      database: one.database,
      env: { TEST_KEY: one.key() },
    });
    const body = { messages: freshPrompt(), temperature: 0 };
    const headers = { authorization: `Bearer ${one.key()}` };
    expect(outcome(await one.chat(body))).toBe('miss');
    await eventually(async () => (outcome(await two.chat(body, headers)) === 'hit' ? true : null));
    await two.stop();
    await one.stop();
    await upstream.close();
  });
});
