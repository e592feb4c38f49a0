import { configureOne } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { freshPrompt } from '../support/fresh-prompt.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const outcome = (answer: Answer): string | null => answer.headers.get('x-tokenpak-cache');

describe.each(['in process', 'with Redis'])('calls that requests share, %s', (kind) => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    gateway = await TestGateway.start({
      ...(kind === 'with Redis' ? { redisUrl: process.env['TEST_REDIS_URL'] ?? '' } : {}),
      config: {
        ...configureOne('openai', upstream),
        tenants: [
          { name: 'acme', keys: [{ name: 'main' }] },
          {
            name: 'thrifty',
            keys: [{ name: 'capped' }, { name: 'uncapped' }],
            budgets: [{ amountUsd: '5', period: 'day', mode: 'hard', scope: { key: 'capped' } }],
          },
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

  it('shares a call only between requests that budgets bound alike', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    upstream.enqueue({ text: 'bounded', headDelayMs: 500 });
    const leader = gateway.chat(body, as('capped'));
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    const follower = gateway.chat(body, as('capped'));
    upstream.enqueue({ text: 'as long as it takes' });
    const unbounded = await gateway.chat(body, as('uncapped'));
    expect(unbounded.json.choices[0].message.content).toBe('as long as it takes');
    expect(upstream.requests[1]?.json).not.toHaveProperty('max_tokens');
    expect((await follower).text).toBe((await leader).text);
    expect(await gateway.ledgerRow(await follower)).toMatchObject({ cache: 'shared' });
    expect(upstream.requests).toHaveLength(2);
  });

  it.each([false, true])('lends nobody a call with a time limit of its own (stream: %s)', async (stream) => {
    const body = { messages: freshPrompt(), temperature: 0, stream };
    upstream.enqueue({ stall: true }, { text: 'in its own time', headDelayMs: 200 });
    const hasty = gateway.chat(body, as('main', { 'x-tokenpak-timeout-ms': '400' }));
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    const patient = await gateway.chat(body);
    expect([patient.status, outcome(patient)]).toEqual([200, 'miss']);
    expect(patient.text).toContain('time');
    const { status, headers } = await hasty;
    expect([status, headers.get('x-tokenpak-error-code')]).toEqual([504, 'upstream_timeout']);
  });

  it('ends in its own time what another would have waited for, and keeps what came in time', async () => {
    const body = { messages: freshPrompt(), temperature: 0 };
    upstream.enqueue({ headDelayMs: 600 }, { stall: true });
    const patient = gateway.chat(body);
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    const hasty = await gateway.chat(body, as('main', { 'x-tokenpak-timeout-ms': '100' }));
    expect([hasty.status, hasty.headers.get('x-tokenpak-error-code')]).toEqual([504, 'upstream_timeout']);
    expect((await patient).status).toBe(200);

    const other = { messages: freshPrompt(), temperature: 0 };
    const timed = await gateway.chat(other, as('main', { 'x-tokenpak-timeout-ms': '60000' }));
    expect([timed.status, outcome(await gateway.chat(other))]).toEqual([200, 'hit']);
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

  it('shares no call between a stream and a body where one cannot tell the other', async () => {
    const body = { messages: freshPrompt(), temperature: 0, n: 2 };
    upstream.enqueue({ headDelayMs: 300 });
    const stream = gateway.chat({ ...body, stream: true });
    await eventually(() => (upstream.requests.length === 1 ? true : null));
    expect((await gateway.chat(body)).json.choices).toHaveLength(2);
    expect((await stream).text).toContain('"index":1');
    expect(upstream.requests).toHaveLength(2);
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
