import Anthropic from '@anthropic-ai/sdk';
import { configureOne } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const USER = { role: 'user', content: 'Tell me about rivers' } as const;
const WEATHER: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const CALLS = [
  { name: 'get_weather', arguments: { city: 'Oslo' } },
  { name: 'get_weather', arguments: { city: 'Rome' } },
];

describe.each([
  ['anthropic', startAnthropicUpstream],
  ['openai', startOpenAiUpstream],
] as const)('@anthropic-ai/sdk to a provider of kind %s', (kind, startUpstream) => {
  let upstream: Upstream;
  let gateway: TestGateway;
  let client: Anthropic;

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await TestGateway.start({ config: configureOne(kind, upstream) });
    client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key(), maxRetries: 0 });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });
  beforeEach(() => upstream.reset());

  const base = { model: 'public', max_tokens: 100, messages: [USER] };
  const readText = (message: Anthropic.Message): string =>
    message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

  it('gets a whole answer with usage', async () => {
    upstream.enqueue({ text: 'Rivers flow.', cachedTokens: 3 });
    const message = await client.messages.create(base);
    expect(readText(message)).toBe('Rivers flow.');
    expect(message.stop_reason).toBe('end_turn');
    expect(message.usage.cache_read_input_tokens).toBe(3);
    expect(message.usage.output_tokens).toBeGreaterThan(0);
  });

  it('streams the same text and final usage', async () => {
    upstream.enqueue({ text: 'Rivers flow to the sea.', splitBytes: [5], pings: true });
    const message = await client.messages.stream(base).finalMessage();
    expect(readText(message)).toBe('Rivers flow to the sea.');
    expect(message.usage.output_tokens).toBeGreaterThan(0);
  });

  it('calls tools in parallel, whole and streamed, and takes their results back', async () => {
    upstream.enqueue({ toolCalls: CALLS }, { toolCalls: CALLS, argumentFragmentLength: 3 });
    const request = { ...base, tools: [WEATHER] };
    const whole = await client.messages.create(request);
    const streamed = await client.messages.stream(request).finalMessage();
    for (const message of [whole, streamed]) {
      const calls = message.content.flatMap((block) =>
        block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
      );
      expect(calls).toEqual(CALLS);
      expect(message.stop_reason).toBe('tool_use');
    }
    const results = whole.content.flatMap((block) =>
      block.type === 'tool_use'
        ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'sunny' }]
        : [],
    );
    upstream.enqueue({ text: 'Sunny in both.' });
    const last = await client.messages.create({
      ...request,
      messages: [USER, { role: 'assistant', content: whole.content }, { role: 'user', content: results }],
    });
    expect(readText(last)).toBe('Sunny in both.');
  });

  it('counts tokens without asking the provider', async () => {
    const { input_tokens: one } = await client.messages.countTokens({ model: 'public', messages: [USER] });
    const { input_tokens: two } = await client.messages.countTokens({
      model: 'public',
      messages: [{ role: 'user', content: `${USER.content} ${'and lakes '.repeat(50)}` }],
    });
    expect(one).toBeGreaterThan(3);
    expect(two).toBeGreaterThan(one + 50);
    expect(upstream.requests).toHaveLength(0);
  });

  it('raises the SDK class of each refusal, with the code of the catalogue', async () => {
    await expect(client.messages.create({ ...base, model: 'other' })).rejects.toBeInstanceOf(
      Anthropic.NotFoundError,
    );
    const stranger = new Anthropic({ baseURL: gateway.url, apiKey: 'wrong', maxRetries: 0 });
    await expect(stranger.messages.create(base)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    upstream.enqueue({ status: 400, errorMessage: 'as the provider says' });
    await expect(client.messages.create(base)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('as the provider says'),
    });
  });

  it('raises when the provider cuts a stream', async () => {
    upstream.enqueue({ cutAfterFrames: 4 });
    await expect(client.messages.stream(base).finalMessage()).rejects.toThrow();
  });

  it('lists models in the shape of the SDK', async () => {
    const page = await client.models.list();
    expect(page.data.map(({ id, type }) => [id, type])).toEqual([['public', 'model']]);
    await expect(client.models.retrieve('public')).resolves.toMatchObject({ id: 'public', type: 'model' });
  });
});

describe('@anthropic-ai/sdk, thinking', () => {
  it('carries signed and redacted thinking there and back', async () => {
    const upstream = await startAnthropicUpstream();
    const gateway = await TestGateway.start({ config: configureOne('anthropic', upstream) });
    const client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key(), maxRetries: 0 });
    upstream.enqueue(
      { reasoning: 'Water runs down.', redactedReasoning: 'b3BhcXVl', text: 'Down.' },
      { text: 'Yes.' },
    );
    const thinking = { type: 'enabled', budget_tokens: 1_024 } as const;
    const request = { model: 'public', max_tokens: 2_000, thinking, messages: [USER] };
    const first = await client.messages.stream(request).finalMessage();
    expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'redacted_thinking', 'text']);
    await client.messages.create({
      ...request,
      messages: [USER, { role: 'assistant', content: first.content }, { role: 'user', content: 'Sure?' }],
    });
    const sent = upstream.requests[1]?.json as { messages: { content: unknown }[] };
    expect(sent.messages[1]?.content).toEqual(first.content);
    await gateway.stop();
    await upstream.close();
  });
});
