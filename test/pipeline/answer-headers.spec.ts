import { describeProvider, PRICE } from '../support/gateway-configs.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

/** Long enough that no test crosses its end. */
const WINDOW_SECONDS = 86_400;
const LIMIT = 2_000;

let openai: Upstream;
let anthropic: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  [openai, anthropic] = await Promise.all([startOpenAiUpstream(), startAnthropicUpstream()]);
  const deploy = (provider: string) => [{ provider, upstreamModel: 'upstream-model', price: PRICE }];
  gateway = await TestGateway.start({
    config: {
      providers: [describeProvider('openai', openai), describeProvider('anthropic', anthropic)],
      models: [
        { name: 'public', deployments: deploy('openai') },
        { name: 'translated', deployments: deploy('anthropic') },
      ],
      tenants: [
        { name: 'open', keys: [{ name: 'main' }] },
        {
          name: 'limited',
          keys: [{ name: 'limited' }],
          rateLimits: [{ metric: 'tokens', limit: LIMIT, windowSeconds: WINDOW_SECONDS }],
        },
      ],
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([openai.close(), anthropic.close()]);
});

const readDropped = ({ headers }: Answer): string[] =>
  headers.get('x-tokenpak-dropped-params')?.split(',').sort() ?? [];

describe('x-tokenpak-dropped-params', () => {
  const parameters = {
    seed: 7,
    logit_bias: { '50256': -100 },
    presence_penalty: 0.5,
    frequency_penalty: 0.5,
    user: 'ada',
    store: false,
    service_tier: 'auto',
    temperature: 1.5,
  };

  it.each([
    ['a whole answer', false, 'miss'],
    ['a stream', true, 'off'],
    ['one from the cache', false, 'hit'],
  ])('names in %s what the other dialect has no word for', async (_name, stream, cache) => {
    const headers: Record<string, string> = stream ? { 'x-tokenpak-cache': 'off' } : {};
    const answer = await gateway.chat({ model: 'translated', stream, ...parameters }, headers);
    expect([answer.status, answer.headers.get('x-tokenpak-cache')]).toEqual([200, cache]);
    // The temperature is not dropped but clamped.
    expect(readDropped(answer)).toEqual(Object.keys(parameters).sort());
    const sent = JSON.parse(String(anthropic.requests.at(-1)?.body)) as Record<string, unknown>;
    expect(sent['temperature']).toBe(1);
    expect(Object.keys(sent)).not.toContain('seed');
  });

  it('is absent where everything passes through', async () => {
    const answer = await gateway.chat(parameters);
    expect(answer.status).toBe(200);
    expect(answer.headers.has('x-tokenpak-dropped-params')).toBe(false);
  });
});

describe('x-tokenpak-overhead-ms', () => {
  const DELAY_MS = 400;

  it.each([
    ['a whole answer', { stream: false }, { headDelayMs: DELAY_MS }],
    ['a stream', { stream: true }, { headDelayMs: DELAY_MS }],
  ])('of %s does not hold the wait for the upstream', async (_name, body, behaviour) => {
    openai.enqueue(behaviour);
    const startedMs = performance.now();
    const answer = await gateway.chat({ ...body, temperature: 1 });
    const tookMs = performance.now() - startedMs;
    const text = answer.headers.get('x-tokenpak-overhead-ms') ?? '';
    expect(text).toMatch(/^\d+\.\d{2}$/);
    expect(Number(text)).toBeGreaterThan(0);
    expect(tookMs).toBeGreaterThanOrEqual(DELAY_MS - 5);
    expect(Number(text)).toBeLessThanOrEqual(tookMs - DELAY_MS + 5);
  });

  it('does not hold it either where another request made the call', async () => {
    openai.enqueue({ headDelayMs: DELAY_MS });
    const before = openai.requests.length;
    const answers = await Promise.all([0, 1].map(() => gateway.chat({ temperature: 0, max_tokens: 9 })));
    expect(answers.map(({ headers }) => headers.get('x-tokenpak-cache')).sort()).toEqual(['hit', 'miss']);
    expect(openai.requests).toHaveLength(before + 1);
    for (const { headers } of answers) {
      expect(Number(headers.get('x-tokenpak-overhead-ms'))).toBeLessThan(DELAY_MS / 2);
    }
  });

  it('stands on refusals too', async () => {
    const answer = await gateway.chat({ model: 'nothing' });
    expect(answer.status).toBe(404);
    expect(Number(answer.headers.get('x-tokenpak-overhead-ms'))).toBeGreaterThan(0);
  });
});

describe('x-ratelimit-*-tokens', () => {
  const read = ({ headers }: Answer, name: string): number =>
    Number.parseInt(headers.get(`x-ratelimit-${name}-tokens`) ?? '', 10);

  it('tell the limit, what is left after what is reserved, and that reservations are corrected', async () => {
    const maxTokens = 100;
    const chat = () =>
      gateway.chat(
        { max_tokens: maxTokens, temperature: 1 },
        { authorization: `Bearer ${gateway.key('limited')}` },
      );
    const first = await chat();
    expect(first.status).toBe(200);
    expect(read(first, 'limit')).toBe(LIMIT);
    const reserved = LIMIT - read(first, 'remaining');
    expect(reserved).toBeGreaterThan(maxTokens);
    expect(first.headers.get('x-ratelimit-reset-tokens')).toMatch(/^\d+s$/);
    // A window moves in steps, so that what was used leaves it up to one step late.
    expect(read(first, 'reset')).toBeGreaterThan(WINDOW_SECONDS / 2);
    expect(read(first, 'reset')).toBeLessThanOrEqual(WINDOW_SECONDS * 1.1);

    const second = await chat();
    const used = first.json.usage.total_tokens as number;
    expect(used).toBeGreaterThan(0);
    expect(read(second, 'remaining')).toBe(LIMIT - used - reserved);
  });

  it('are absent where no limit counts tokens', async () => {
    expect((await gateway.chat({})).headers.has('x-ratelimit-limit-tokens')).toBe(false);
  });
});
