import { configureOne } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

/** JSON as no serialiser of ours would write it. */
const ODD_BODY = `{ "temperature" : 1.0e0,\n\t"messages":[ {"content":"caf\\u00e9 \\/","role":"user"} ],"unknown_member":{"b":1.50,"a":[ ]},
 "max_tokens":  32 , "model" :"public" }\n`;
const ODD_ANSWER = `{\n "usage":{"prompt_tokens":1e1,"completion_tokens":2,"total_tokens":12,"new_thing":0.10},
  "choices":[{"finish_reason":"stop","message":{"content":"\\u0041","role":"assistant"},"index":0}],"id":"x","object":"chat.completion"}`;
const ODD_MESSAGE = `{ "usage":{"output_tokens":2,"input_tokens":1e1,"x":0.10}, "content":[{"text":"\\u0041","type":"text"}],
 "role":"assistant","type":"message","id":"msg","stop_reason":"end_turn","model":"m"}`;

describe('same dialect in and out', () => {
  let openai: Upstream;
  let anthropic: Upstream;
  let toOpenAi: TestGateway;
  let toAnthropic: TestGateway;

  beforeAll(async () => {
    [openai, anthropic] = await Promise.all([startOpenAiUpstream(), startAnthropicUpstream()]);
    toOpenAi = await TestGateway.start({ config: configureOne('openai', openai) });
    toAnthropic = await TestGateway.start({ config: configureOne('anthropic', anthropic) });
  });
  afterAll(async () => {
    await Promise.all([toOpenAi.stop(), toAnthropic.stop()]);
    await Promise.all([openai.close(), anthropic.close()]);
  });
  beforeEach(() => {
    openai.reset();
    anthropic.reset();
  });

  it('sends the OpenAI body byte for byte, but for the name of the model', async () => {
    await toOpenAi.post('/v1/chat/completions', ODD_BODY);
    expect(openai.requests[0]?.body.toString()).toBe(ODD_BODY.replace('"public"', '"upstream-model"'));
  });

  it('sends the Anthropic body byte for byte, but for the name of the model', async () => {
    await toAnthropic.post('/v1/messages?beta=true', ODD_BODY, { 'anthropic-version': '2023-06-01' });
    expect(anthropic.requests[0]?.body.toString()).toBe(ODD_BODY.replace('"public"', '"upstream-model"'));
  });

  it('returns whole answers byte for byte', async () => {
    openai.enqueue({ rawBody: ODD_ANSWER, rawContentType: 'application/json' });
    expect((await toOpenAi.chat({})).text).toBe(ODD_ANSWER);
    anthropic.enqueue({ rawBody: ODD_MESSAGE, rawContentType: 'application/json' });
    expect((await toAnthropic.messages({})).text).toBe(ODD_MESSAGE);
  });

  it('returns streams byte for byte, with comments, unknown events and odd line ends', async () => {
    const openAiStream =
      ': hello\n\ndata: {"id":"x","object":"chat.completion.chunk","choices":[{"delta":{"content":"A"},"index":0, "finish_reason":null}], "extra":1.0}\r\n\r\n' +
      'event: surprise\ndata: {"choices":[]}\n\nretry: 5\n\ndata: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\n\ndata: [DONE]\n\n';
    openai.enqueue({ rawBody: openAiStream, rawContentType: 'text/event-stream', splitBytes: [3] });
    const answer = await toOpenAi.chat({ stream: true, stream_options: { include_usage: true } });
    expect(answer.text).toBe(openAiStream);

    const anthropicStream =
      'event: message_start\ndata: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":3, "output_tokens":1}}}\n\n' +
      'event: future_event\ndata: {"type":"future_event", "n":1.0}\n\n: comment\n\nevent: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}\n\n' +
      'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    anthropic.enqueue({ rawBody: anthropicStream, rawContentType: 'text/event-stream', splitBytes: [11] });
    expect((await toAnthropic.messages({ stream: true })).text).toBe(anthropicStream);
  });

  it('asks OpenAI streams for usage and takes the additions out again', async () => {
    const chunk = (text: string, usage: string): string =>
      `data: {"id":"x","choices":[{"index":0,"delta":{"content":"${text}"}}]${usage}}\n\n`;
    const upstream = [chunk('A', ',"usage":null'), chunk('B', ', "usage" : null')].join('');
    const tail =
      'data: {"id":"x","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}\n\n';
    openai.enqueue({
      rawBody: `${upstream}${tail}data: [DONE]\n\n`,
      rawContentType: 'text/event-stream',
      splitBytes: [5],
    });
    const answer = await toOpenAi.chat({ stream: true });
    expect(answer.text).toBe(`${chunk('A', '')}${chunk('B', '')}data: [DONE]\n\n`);
    const sent = openai.requests[0]?.json as { stream_options: unknown };
    expect(sent.stream_options).toEqual({ include_usage: true });
    const row = await toOpenAi.ledgerRow(answer);
    expect(row).toMatchObject({
      streamed: true,
      input_tokens: '5',
      output_tokens: '2',
      count_source: 'provider',
    });
  });

  it('lets only the listed headers through, both ways', async () => {
    openai.enqueue({
      headers: {
        'set-cookie': 'a=b',
        'openai-organization': 'org',
        'openai-processing-ms': '7',
        'x-request-id': 'theirs',
      },
    });
    const answer = await toOpenAi.chat(
      {},
      {
        authorization: `Bearer ${toOpenAi.key()}`,
        cookie: 'session=1',
        'openai-organization': 'org-x',
        'openai-beta': 'assistants=v2',
        'x-forwarded-for': '1.2.3.4',
        'x-stainless-lang': 'js',
        'idempotency-key': 'abc',
        'x-tokenpak-tags': 'team=a',
      },
    );
    const sent = openai.requests[0]?.headers ?? {};
    expect(sent).toMatchObject({
      authorization: 'Bearer test-key',
      'openai-beta': 'assistants=v2',
      'x-stainless-lang': 'js',
      'idempotency-key': 'abc',
      'accept-encoding': 'identity',
    });
    for (const name of ['cookie', 'openai-organization', 'x-forwarded-for', 'x-tokenpak-tags']) {
      expect(sent).not.toHaveProperty(name);
    }
    expect(JSON.stringify(sent)).not.toContain(toOpenAi.key());
    expect(answer.headers.get('openai-processing-ms')).toBe('7');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('openai-organization')).toBeNull();
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("passes a refusal of the caller's own dialect on unchanged", async () => {
    const body =
      '{ "error" : {"message":"too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"} }';
    openai.enqueue({ status: 400, rawBody: body, rawContentType: 'application/json' });
    const answer = await toOpenAi.chat({});
    expect(answer.status).toBe(400);
    expect(answer.text).toBe(body);
    expect(answer.headers.get('x-tokenpak-error-code')).toBe('upstream_rejected');
  });
});
