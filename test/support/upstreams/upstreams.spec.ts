import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startAnthropicUpstream } from './anthropic-upstream.ts';
import type { UpstreamBehaviour } from './behaviour.ts';
import { startOpenAiUpstream } from './openai-upstream.ts';
import type { Upstream } from './upstream-server.ts';

const USER = { role: 'user', content: 'Tell me about rivers' } as const;
const TOOL_CALLS = [
  { name: 'get_weather', arguments: { city: 'Oslo', days: 3 } },
  { name: 'get_time', arguments: { zone: 'Europe/Oslo' } },
];

/** Everything that may happen to the bytes of a stream without changing what it says. */
const HARMLESS: [string, UpstreamBehaviour][] = [
  ['byte by byte', { splitBytes: [1] }],
  ['in odd sizes', { splitBytes: [3, 1, 17, 2] }],
  ['with CRLF', { lineEnd: '\r\n', splitBytes: [5] }],
  ['with pings and comments', { pings: true }],
  ['with unknown members', { extraFields: true }],
  ['in odd spelling', { oddSpelling: true }],
];

describe('OpenAI upstream', () => {
  let upstream: Upstream;
  let client: OpenAI;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    client = new OpenAI({
      baseURL: `${upstream.url}/v1`,
      apiKey: 'test-key',
      maxRetries: 0,
      logLevel: 'off',
    });
  });
  afterAll(() => upstream.close());
  beforeEach(() => upstream.reset());

  const ask = (behaviour: UpstreamBehaviour = {}): Promise<OpenAI.ChatCompletion> => {
    upstream.enqueue(behaviour);
    return client.chat.completions.create({ model: 'gpt-4o', messages: [USER] });
  };
  const stream = (behaviour: UpstreamBehaviour = {}): Promise<OpenAI.ChatCompletion> => {
    upstream.enqueue(behaviour);
    const options = { include_usage: true };
    return client.chat.completions
      .stream({ model: 'gpt-4o', messages: [USER], stream_options: options })
      .finalChatCompletion();
  };

  it('answers the SDK whole and streamed with the same text and usage', async () => {
    const whole = await ask();
    const streamed = await stream();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.choices[0]?.finish_reason).toBe('stop');
  });

  it.each(HARMLESS)('streams the same answer %s', async (_name, behaviour) => {
    const plain = await stream();
    const disturbed = await stream(behaviour);
    expect(disturbed.choices[0]?.message.content).toBe(plain.choices[0]?.message.content);
  });

  it('streams parallel tool calls in fragments', async () => {
    const { choices } = await stream({ toolCalls: TOOL_CALLS, argumentFragmentLength: 2 });
    const calls = choices[0]?.message.tool_calls ?? [];
    const read = calls.map((call) =>
      call.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments) as unknown] : [],
    );
    expect(read).toEqual(TOOL_CALLS.map((call) => [call.name, call.arguments]));
    expect(choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('refuses a wrong credential and a malformed request in the shape of the SDK', async () => {
    const stranger = new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: 'other', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    await expect(client.chat.completions.create({ model: 'gpt-4o', messages: [] })).rejects.toMatchObject({
      status: 400,
      param: 'messages',
    });
    const orphan = [USER, { role: 'tool', tool_call_id: 'x', content: 'y' }] as const;
    await expect(
      client.chat.completions.create({ model: 'gpt-4o', messages: [...orphan] }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 503])('fails with %i on demand', async (status) => {
    const failure = ask({ status, retryAfterSeconds: 3, errorMessage: 'as told' });
    await expect(failure).rejects.toMatchObject({ status, message: expect.stringContaining('as told') });
    const error: unknown = await failure.catch((reason: unknown) => reason);
    expect(error instanceof OpenAI.APIError ? error.headers?.get('retry-after') : null).toBe('3');
  });

  it.each<[string, UpstreamBehaviour]>([
    ['cut after frames', { cutAfterFrames: 4 }],
    ['cut after bytes', { cutAfterBytes: 333 }],
    ['cut before the head', { cutBeforeHead: true }],
    ['an error event', { errorAfterFrames: 3, errorMessage: 'overloaded' }],
    ['a frame that is not JSON', { malformedAtFrame: 2 }],
  ])('breaks a stream: %s', async (_name, behaviour) => {
    await expect(stream(behaviour)).rejects.toThrow();
  });

  it('obeys the model name and the marker in the prompt', async () => {
    const byModel = client.chat.completions.create({ model: 'up:status=418', messages: [USER] });
    await expect(byModel).rejects.toMatchObject({ status: 418 });
    const content = 'Hi [[upstream {"text":"as scripted"}]]';
    const byPrompt = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content }],
    });
    expect(byPrompt.choices[0]?.message.content).toBe('as scripted');
  });

  it('compresses, redirects and sends raw bytes on demand', async () => {
    expect((await ask({ gzip: true, text: 'zipped' })).choices[0]?.message.content).toBe('zipped');
    upstream.enqueue({ redirect: 'http://127.0.0.1:1/' }, { rawBody: '{ "n":1.0 }\n' });
    const send = (): Promise<Response> =>
      fetch(`${upstream.url}/v1/chat/completions`, {
        method: 'POST',
        redirect: 'manual',
        headers: { authorization: 'Bearer test-key' },
      });
    expect((await send()).headers.get('location')).toBe('http://127.0.0.1:1/');
    expect(await (await send()).text()).toBe('{ "n":1.0 }\n');
  });

  it('records the bytes it received and counts clients that leave', async () => {
    upstream.enqueue({ tokens: 500, tokensPerSecond: 200 });
    const chunks = await client.chat.completions.create({ model: 'gpt-4o', messages: [USER], stream: true });
    for await (const _chunk of chunks) break;
    const deadline = Date.now() + 2_000;
    while (upstream.abortedRequests() === 0 && Date.now() < deadline)
      await new Promise((resolve) => setImmediate(resolve));
    expect(upstream.abortedRequests()).toBe(1);
    expect(upstream.requests[0]).toMatchObject({ aborted: true, json: { model: 'gpt-4o', stream: true } });
    expect(upstream.requests[0]?.body.toString()).toContain('Tell me about rivers');
  });

  it('serves models and embeddings', async () => {
    expect((await client.models.list()).data.map((model) => model.id)).toContain('gpt-4o');
    const { data } = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'] });
    expect(data.map((item) => item.embedding.length)).toEqual([8, 8]);
  });
});

describe('Anthropic upstream', () => {
  let upstream: Upstream;
  let client: Anthropic;

  beforeAll(async () => {
    upstream = await startAnthropicUpstream({ rejectsUnknownMembers: true });
    client = new Anthropic({ baseURL: upstream.url, apiKey: 'test-key', maxRetries: 0 });
  });
  afterAll(() => upstream.close());
  beforeEach(() => upstream.reset());

  const BODY = { model: 'claude-sonnet-5-5', max_tokens: 100, messages: [USER] };
  const ask = (behaviour: UpstreamBehaviour = {}): Promise<Anthropic.Message> => {
    upstream.enqueue(behaviour);
    return client.messages.create({ ...BODY });
  };
  const stream = (behaviour: UpstreamBehaviour = {}): Promise<Anthropic.Message> => {
    upstream.enqueue(behaviour);
    return client.messages.stream({ ...BODY }).finalMessage();
  };

  it('answers the SDK whole and streamed with the same content and usage', async () => {
    const whole = await ask({ cachedTokens: 7, cacheWriteTokens: 5, cacheWrite1hTokens: 2 });
    const streamed = await stream({ cachedTokens: 7, cacheWriteTokens: 5, cacheWrite1hTokens: 2 });
    expect(streamed.content).toMatchObject(whole.content);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    expect(whole.usage).toMatchObject({ cache_read_input_tokens: 7, cache_creation_input_tokens: 7 });
    expect(whole.stop_reason).toBe('end_turn');
  });

  it.each([...HARMLESS, ['with unknown events', { unknownEvents: true }] as [string, UpstreamBehaviour]])(
    'streams the same message %s',
    async (_name, behaviour) => {
      const plain = await stream();
      const disturbed = await stream(behaviour);
      const text = (message: Anthropic.Message): unknown =>
        message.content.map((block) => block.type === 'text' && block.text);
      expect(text(disturbed)).toEqual(text(plain));
    },
  );

  it('streams thinking with its signature, then parallel tool calls', async () => {
    const { content, stop_reason: stopReason } = await stream({
      reasoning: 'Let me think',
      redactedReasoning: 'c2VjcmV0',
      toolCalls: TOOL_CALLS,
    });
    expect(content).toMatchObject([
      {
        type: 'thinking',
        thinking: 'Let me think',
        signature: Buffer.from('signed:Let me think').toString('base64'),
      },
      { type: 'redacted_thinking', data: 'c2VjcmV0' },
      { type: 'tool_use', name: 'get_weather', input: { city: 'Oslo', days: 3 } },
      { type: 'tool_use', name: 'get_time' },
    ]);
    expect(stopReason).toBe('tool_use');
  });

  const CALL = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} };
  it.each<[string, Record<string, unknown>]>([
    ['no max_tokens', { max_tokens: undefined }],
    ['no messages', { messages: [] }],
    ['a first message that is not a user', { messages: [{ role: 'assistant', content: 'x' }] }],
    ['roles that do not alternate', { messages: [USER, USER] }],
    ['an unknown role', { messages: [USER, { role: 'tool', content: 'x' }] }],
    ['sampling, which API version 2026-10-21 removed', { temperature: 1 }],
    ['an empty text block', { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }],
    ['a tool_use without its result', { messages: [USER, { role: 'assistant', content: [CALL] }, USER] }],
    [
      'a result without its tool_use',
      { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }] }] },
    ],
    ['a member of another dialect', { frequency_penalty: 1 }],
    ['a tool without a schema', { tools: [{ name: 'f' }] }],
    ['a thinking budget above max_tokens', { thinking: { type: 'enabled', budget_tokens: 2000 } }],
  ])('refuses %s', async (_name, change) => {
    const body = { ...BODY, ...change } as unknown as Anthropic.MessageCreateParamsNonStreaming;
    await expect(client.messages.create(body)).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
    });
  });

  it('takes sampling in its range from a client of API version 2023-06-01', async () => {
    const post = (temperature: number): Promise<Response> =>
      fetch(`${upstream.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': 'test-key', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify({ ...BODY, temperature }),
      });
    expect((await post(1)).status).toBe(200);
    expect((await post(1.5)).status).toBe(400);
  });

  it('requires the credential and the version header', async () => {
    const post = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${upstream.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(BODY) });
    expect((await post({ 'anthropic-version': '2023-06-01' })).status).toBe(401);
    expect((await post({ 'x-api-key': 'wrong', 'anthropic-version': '2023-06-01' })).status).toBe(401);
    expect((await post({ 'x-api-key': 'test-key' })).status).toBe(400);
    expect((await post({ 'x-api-key': 'test-key', 'anthropic-version': '2023-06-01' })).status).toBe(200);
  });

  it('fails in the stream with the error event of the dialect', async () => {
    await expect(stream({ errorAfterFrames: 4 })).rejects.toMatchObject({ type: 'overloaded_error' });
  });

  it('fails with 529, which is overloaded, and says that a retry may help', async () => {
    const failure: unknown = await ask({ status: 529 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      status: 529,
      type: 'overloaded_error',
      requestID: expect.stringMatching(/^req_/),
    });
  });

  it('counts tokens and lists models', async () => {
    const { input_tokens: tokens } = await client.messages.countTokens({
      model: BODY.model,
      messages: BODY.messages,
    });
    expect(tokens).toBeGreaterThan(0);
    expect((await client.models.list()).data[0]?.type).toBe('model');
  });
});
