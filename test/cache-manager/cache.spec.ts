import { configureOne, describeProvider, PRICE } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { freshPrompt } from '../support/fresh-prompt.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

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

  it('keeps every choice: stream and body have an entry each where one cannot tell the other', async () => {
    const whole = { messages: freshPrompt(), temperature: 0, n: 2 };
    const stream = { ...whole, stream: true };
    const first = [await gateway.chat(whole), await gateway.chat(stream)];
    expect(first.map(outcome)).toEqual(['miss', 'miss']);
    const again = [await gateway.chat(whole), await gateway.chat(stream)];
    expect(again.map(outcome)).toEqual(['hit', 'hit']);
    expect(again.map(({ text }) => text)).toEqual(first.map(({ text }) => text));
    expect(again[0]?.json.choices).toHaveLength(2);
    expect(again[1]?.text).toContain('"index":1');
  });

  it('keeps log probabilities', async () => {
    const stream = { messages: freshPrompt(), temperature: 0, logprobs: true, stream: true };
    await gateway.chat(stream);
    const logprobs = { content: [{ token: 'hi', logprob: -0.5, bytes: null, top_logprobs: [] }] };
    const answer = {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, logprobs, finish_reason: 'stop' }],
    };
    upstream.enqueue({ rawBody: JSON.stringify(answer) });
    for (const expected of ['miss', 'hit']) {
      const whole = await gateway.chat({ ...stream, stream: false });
      expect([outcome(whole), whole.json.choices[0].logprobs]).toEqual([expected, logprobs]);
    }
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
      expect(upstream.requests.at(-1)?.json).toHaveProperty('max_tokens');
      expect(outcome(await gateway.chat(body, as('uncapped')))).toBe(next);
    }
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
