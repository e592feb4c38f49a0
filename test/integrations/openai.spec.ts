import OpenAI from 'openai';
import { configureOne } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const USER = { role: 'user', content: 'Tell me about rivers' } as const;
const WEATHER: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const CALLS = [
  { name: 'get_weather', arguments: { city: 'Oslo' } },
  { name: 'get_weather', arguments: { city: 'Rome' } },
];

/** The official SDK, unchanged but for base URL and key, against both kinds of provider. */
describe.each([
  ['openai', startOpenAiUpstream],
  ['anthropic', startAnthropicUpstream],
] as const)('openai SDK to a provider of kind %s', (kind, startUpstream) => {
  let upstream: Upstream;
  let gateway: TestGateway;
  let client: OpenAI;

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await TestGateway.start({ config: configureOne(kind, upstream) });
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key(), maxRetries: 0 });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });
  beforeEach(() => upstream.reset());

  it('gets a whole answer with usage', async () => {
    upstream.enqueue({ text: 'Rivers flow.', cachedTokens: 3 });
    const answer = await client.chat.completions.create({ model: 'public', messages: [USER] });
    expect(answer.choices[0]?.message.content).toBe('Rivers flow.');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.prompt_tokens_details?.cached_tokens).toBe(3);
    expect(answer.usage?.total_tokens).toBe(
      (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
    );
  });

  it('streams the same text, and usage only when it was asked for', async () => {
    upstream.setDefault({ text: 'Rivers flow to the sea.', splitBytes: [7] });
    const read = async (options: OpenAI.ChatCompletionStreamOptions | undefined) => {
      const stream = await client.chat.completions.create({
        model: 'public',
        messages: [USER],
        stream: true,
        ...(options === undefined ? {} : { stream_options: options }),
      });
      let text = '';
      let usage: OpenAI.CompletionUsage | null = null;
      let members = 0;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        if ('usage' in chunk) members += 1;
        usage = chunk.usage ?? usage;
      }
      return { text, usage, members };
    };
    expect(await read(undefined)).toEqual({ text: 'Rivers flow to the sea.', usage: null, members: 0 });
    const asked = await read({ include_usage: true });
    expect(asked.text).toBe('Rivers flow to the sea.');
    expect(asked.usage?.completion_tokens).toBeGreaterThan(0);
    upstream.setDefault({});
  });

  it('calls tools in parallel, whole and streamed, and takes their results back', async () => {
    upstream.enqueue({ toolCalls: CALLS }, { toolCalls: CALLS, argumentFragmentLength: 3 });
    const request = { model: 'public', messages: [USER], tools: [WEATHER] };
    const whole = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      const calls = choices[0]?.message.tool_calls ?? [];
      const read = calls.map((call) =>
        call.type === 'function'
          ? { name: call.function.name, arguments: JSON.parse(call.function.arguments) }
          : null,
      );
      expect(read).toEqual(CALLS);
      expect(choices[0]?.finish_reason).toBe('tool_calls');
    }
    const message = whole.choices[0]?.message as OpenAI.ChatCompletionMessage;
    const results = (message.tool_calls ?? []).map((call) => ({
      role: 'tool' as const,
      tool_call_id: call.id,
      content: 'sunny',
    }));
    upstream.enqueue({ text: 'Sunny in both.' });
    const last = await client.chat.completions.create({
      ...request,
      messages: [USER, message, ...results],
    });
    expect(last.choices[0]?.message.content).toBe('Sunny in both.');
  });

  it('passes images, system prompts, stop sequences and structured output on', async () => {
    upstream.enqueue({ text: '{"river":"Rhine"}' });
    const answer = await client.chat.completions.create({
      model: 'public',
      stop: ['END'],
      max_completion_tokens: 50,
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which river?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        },
      ],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'river',
          strict: true,
          schema: {
            type: 'object',
            properties: { river: { type: 'string' } },
            required: ['river'],
            additionalProperties: false,
          },
        },
      },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ river: 'Rhine' });
    const sent = JSON.stringify(upstream.requests[0]?.json);
    for (const part of ['Be brief.', 'iVBORw0KGgo=', 'END', 'river']) expect(sent).toContain(part);
  });

  it('raises the SDK class of each refusal, with the code of the catalogue', async () => {
    const ask = (model: string) => client.chat.completions.create({ model, messages: [USER] });
    await expect(ask('other')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    const stranger = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    upstream.enqueue({ status: 400, errorMessage: 'as the provider says' });
    await expect(ask('public')).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('as the provider says'),
    });
    upstream.enqueue({ status: 401 });
    await expect(ask('public')).rejects.toMatchObject({ status: 502, code: 'upstream_misconfigured' });
  });

  it('raises when the provider cuts a stream', async () => {
    upstream.enqueue({ cutAfterFrames: 4 });
    const stream = client.chat.completions.stream({ model: 'public', messages: [USER] });
    await expect(stream.finalChatCompletion()).rejects.toThrow();
  });

  it('lists the models of the key', async () => {
    const page = await client.models.list();
    expect(page.data.map(({ id }) => id)).toEqual(['public']);
    await expect(client.models.retrieve('public')).resolves.toMatchObject({ id: 'public', object: 'model' });
    await expect(client.models.retrieve('missing')).rejects.toMatchObject({ status: 404 });
  });
});
