import { WireBytes } from '../wire-bytes.js';
import { ManualClock } from '../../common/clock.port.js';
import type { DetectorConfig, PolicyConfig } from '../../tenancy/config-snapshot.js';
import type { AnswerOrigin } from '../answer.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import { createCheckedRequest } from '../validation-gate/testing/checked-request.js';
import { buildPolicy, CARD, EMAIL } from '../validation-gate/testing/policies.js';
import { ValidationGateService } from '../validation-gate/validation-gate.service.js';
import { type CheckedAnswer, ResponsePolicyService } from './response-policy.service.js';

const gate = new ValidationGateService();
const service = new ResponsePolicyService(gate, new FormatAdapterService(new ManualClock()));

const REDACT = [buildPolicy('p', 'redact', [EMAIL, CARD])];
const BLOCK = [buildPolicy('p', 'block', [EMAIL, CARD])];

function check(
  policies: readonly PolicyConfig[],
  form: 'whole' | 'stream',
  text: string,
  dialect = 'openai-chat',
): CheckedAnswer {
  const origin = { dialect } as AnswerOrigin;
  return service.check(createCheckedRequest(gate, policies), {
    origin,
    form,
    body: WireBytes.ofBuffer(Buffer.from(text)),
  });
}

const refusal = expect.objectContaining({
  code: 'policy_violation',
  details: expect.objectContaining({ direction: 'response' }),
});

describe('response policy on a body', () => {
  const body = (content: string, logprobs: string, other = 'fine') =>
    `{"id":"c-1", "choices":[{"index":0,"message":{"role":"assistant","content":"${content}"},"logprobs":${logprobs}},` +
    ` {"index":1,"message":{"role":"assistant","content":"${other}"}}], "odd": 1.50}`;
  const LOGPROBS = '{"content":[{"token":"alice@"},{"token":"example.com"}]}';

  it('passes a clean body byte for byte', () => {
    const text = body('hello', 'null');
    expect(check(REDACT, 'whole', text)).toMatchObject({
      body: WireBytes.ofBuffer(Buffer.from(text)),
      redacted: null,
    });
  });

  it('changes only the redacted texts, in every choice', () => {
    const checked = check(REDACT, 'whole', body('to alice@example.com', 'null', '4111111111111111'));
    expect(checked.body.buffer.toString()).toBe(
      body('to [REDACTED:email]', 'null', '[REDACTED:payment-card]'),
    );
  });

  it('takes out the tokens that spell a redacted text once more', () => {
    const checked = check(REDACT, 'whole', body('to alice@example.com', LOGPROBS));
    expect(checked.body.buffer.toString()).toBe(body('to [REDACTED:email]', 'null'));
    expect(check(REDACT, 'whole', body('hello', LOGPROBS)).body.buffer.toString()).toBe(
      body('hello', LOGPROBS),
    );
  });

  it('refuses a blocked body', () => {
    expect(() => check(BLOCK, 'whole', body('fine', 'null', 'alice@example.com'))).toThrow(refusal);
  });
});

const frame = (data: unknown, event?: string) =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

describe('response policy on a Chat Completions stream', () => {
  const chunk = (delta: object, index = 0, finish: string | null = null) =>
    frame({
      id: 'c-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index, delta, finish_reason: finish }],
    });
  const stream = (...chunks: string[]) => `${chunks.join('')}${chunk({}, 0, 'stop')}${frame('[DONE]')}`;

  it('passes a clean stream byte for byte', () => {
    const text = stream(chunk({ role: 'assistant', content: 'hel' }), chunk({ content: 'lo' }));
    expect(check(REDACT, 'stream', text)).toMatchObject({
      body: WireBytes.ofBuffer(Buffer.from(text)),
      redacted: null,
    });
  });

  it('finds what is spread over frames and redacts it', () => {
    const text = stream(
      chunk({ content: 'to alice' }),
      chunk({ content: '@exam' }),
      chunk({ content: 'ple.com!' }),
    );
    expect(check(REDACT, 'stream', text).redacted?.parts).toEqual([
      { type: 'text', text: 'to [REDACTED:email]!' },
    ]);
  });

  it('finds what a further choice says, between the frames of the first', () => {
    const text = stream(
      chunk({ content: 'a' }),
      chunk({ content: '4111 1111' }, 1),
      chunk({ content: 'b' }),
      chunk({ content: ' 1111 1111' }, 1),
    );
    expect(() => check(BLOCK, 'stream', text)).toThrow(refusal);
  });

  it('redacts in every choice and keeps them all, with their calls, reasons and usage', () => {
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":' } };
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const text = [
      chunk({ role: 'assistant', content: 'mail alice@' }),
      chunk({ role: 'assistant', content: '4111 1111' }, 1),
      chunk({ tool_calls: [call] }, 2),
      chunk({ content: 'example.com' }),
      chunk({ content: ' 1111 1111' }, 1),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }, 2),
      chunk({}, 0, 'stop'),
      chunk({}, 1, 'length'),
      chunk({}, 2, 'tool_calls'),
      frame({ id: 'c-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage }),
      frame('[DONE]'),
    ].join('');
    const { body, redacted } = check(REDACT, 'stream', text);
    expect(redacted).toBeNull();
    const frames = body.buffer.toString().trimEnd().split('\n\n');
    expect(frames.pop()).toBe('data: [DONE]');
    const chunks = frames.map((line) => JSON.parse(line.slice('data: '.length)) as Record<string, unknown>);
    expect(chunks.every(({ object, id }) => object === 'chat.completion.chunk' && id === 'c-1')).toBe(true);
    const finish = (index: number, finish_reason: string) => [
      { index, delta: {}, logprobs: null, finish_reason },
    ];
    const message = { role: 'assistant', content: null };
    const called = [{ ...call, function: { name: 'f', arguments: '{"a":1}' } }];
    expect(chunks.map(({ choices }) => choices)).toMatchObject([
      [{ index: 0, delta: { content: 'mail [REDACTED:email]' }, finish_reason: null }],
      finish(0, 'stop'),
      [{ index: 1, delta: { content: '[REDACTED:payment-card]' }, finish_reason: null }],
      finish(1, 'length'),
      [{ index: 2, delta: { ...message, tool_calls: called }, finish_reason: null }],
      finish(2, 'tool_calls'),
      [],
    ]);
    expect(chunks.at(-1)?.usage).toMatchObject(usage);
  });

  it('passes clean choices byte for byte', () => {
    const text = stream(chunk({ content: 'a' }), chunk({ content: 'b' }, 1), chunk({}, 1, 'stop'));
    expect(check(REDACT, 'stream', text)).toMatchObject({
      body: WireBytes.ofBuffer(Buffer.from(text)),
      redacted: null,
    });
  });

  it('leaves a signed thought out of a further choice, and no other', () => {
    const detail = { type: 'reasoning.text', text: 'alice@example.com', signature: 'c2ln', index: 0 };
    const text = stream(
      chunk({ content: 'first' }),
      chunk({ reasoning_details: [detail] }, 1),
      chunk({ content: 'second' }, 1),
      chunk({}, 1, 'stop'),
    );
    const told = check(REDACT, 'stream', text).body.buffer.toString();
    expect(told).not.toContain('c2ln');
    expect([told.includes('"first"'), told.includes('"second"')]).toEqual([true, true]);
    expect(told).not.toContain('alice');
  });

  it('finds what an unknown field says, over frames', () => {
    const text = stream(chunk({ content: 'x', odd: 'alice@exam' }), chunk({ odd: 'ple.com' }));
    expect(() => check(BLOCK, 'stream', text)).toThrow(refusal);
  });

  it('finds what the arguments of parallel tool calls say', () => {
    const call = (index: number, written: string) => ({
      tool_calls: [{ index, id: `call_${index}`, function: { name: 'f', arguments: written } }],
    });
    const text = stream(
      chunk(call(0, '{"a":"alice@')),
      chunk(call(1, '{"b":1}')),
      chunk(call(0, 'example.com"}')),
    );
    expect(check(REDACT, 'stream', text).redacted?.parts).toMatchObject([
      { type: 'tool-call', argumentsJson: '{"a":"[REDACTED:email]"}' },
      { type: 'tool-call', argumentsJson: '{"b":1}' },
    ]);
  });

  it('counts what is said once, once', () => {
    const size: DetectorConfig = { type: 'size', id: 'size', severity: 'low', maxCharacters: 10 };
    const text = stream(chunk({ content: 'hello' }), chunk({ content: 'world' }));
    expect(check([buildPolicy('p', 'block', [size])], 'stream', text).redacted).toBeNull();
    const longer = stream(chunk({ content: 'hello' }), chunk({ content: 'worlds' }));
    expect(() => check([buildPolicy('p', 'block', [size])], 'stream', longer)).toThrow(refusal);
  });
});

describe('response policy on a Messages stream', () => {
  const event = (type: string, data: object) => frame({ type, ...data }, type);
  const stream = (...events: string[]) =>
    [
      event('message_start', {
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      }),
      ...events,
      event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
      event('message_stop', {}),
    ].join('');
  const start = (index: number, block: object) =>
    event('content_block_start', { index, content_block: block });
  const text = (index: number, value: string) =>
    event('content_block_delta', { index, delta: { type: 'text_delta', text: value } });

  it('finds what a block that is not known to the gateway says', () => {
    const search = {
      type: 'web_search_tool_result',
      content: [{ type: 'web_search_result', title: 'alice@example.com' }],
    };
    const answer = stream(start(0, { type: 'text', text: '' }), text(0, 'hi'), start(1, search));
    expect(() => check(BLOCK, 'stream', answer, 'anthropic-messages')).toThrow(refusal);
    expect(check(REDACT, 'stream', answer, 'anthropic-messages').redacted?.parts).toEqual([
      { type: 'text', text: 'hi' },
    ]);
  });

  it('does not take the ends of two blocks for one text', () => {
    const answer = stream(
      start(0, { type: 'text', text: '' }),
      start(1, { type: 'tool_use', id: 't', name: 'f', input: {} }),
      text(0, '4111 1111 '),
      text(1, '1111 1111'),
    );
    expect(check(BLOCK, 'stream', answer, 'anthropic-messages').redacted).toBeNull();
  });
});

describe('response policy on a thought that is signed', () => {
  const message = (...blocks: string[]) =>
    `{"id":"msg_1","type":"message","role":"assistant","model":"m", "content":[${blocks.join(', ')}],` +
    ` "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2e0}}`;
  const thought = (text: string) => `{"type":"thinking", "thinking":"${text}","signature":"c2ln"}`;
  const say = (text: string) => `{"type":"text","text":"${text}"}`;
  const CALL = '{"type":"tool_use","id":"t","name":"f","input":{"n":1.50}}';
  const redactBody = (body: string) =>
    check(REDACT, 'whole', body, 'anthropic-messages').body.buffer.toString();

  it('keeps it byte for byte where nothing is found in it', () => {
    expect(redactBody(message(thought('Hm \\u00b2'), CALL, say('alice@example.com')))).toBe(
      message(thought('Hm \\u00b2'), CALL, say('[REDACTED:email]')),
    );
  });

  it('leaves out the one that would have to be edited, and no other', () => {
    const body = message(thought('clean'), thought('alice@example.com'), say('I write to alice@example.com'));
    expect(JSON.parse(redactBody(body))).toEqual(
      JSON.parse(message(thought('clean'), say('I write to [REDACTED:email]'))),
    );
    expect(redactBody(body)).toContain('"output_tokens":2e0');
  });

  it('blocks an answer that calls tools: the thought has to come back with the result', () => {
    expect(() => redactBody(message(thought('alice@example.com'), CALL))).toThrow(refusal);
    const stream = [
      { type: 'message_start', message: JSON.parse(message()) as object },
      {
        type: 'content_block_start',
        index: 0,
        content_block: JSON.parse(thought('alice@example.com')) as object,
      },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 't', name: 'f', input: {} },
      },
      { type: 'message_stop' },
    ];
    const frames = stream.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    expect(() => check(REDACT, 'stream', frames, 'anthropic-messages')).toThrow(refusal);
  });

  it('leaves it out of a stream', () => {
    const deltas = [
      [0, { type: 'thinking_delta', thinking: 'alice@exam' }],
      [0, { type: 'thinking_delta', thinking: 'ple.com asks' }],
      [0, { type: 'signature_delta', signature: 'c2ln' }],
      [1, { type: 'text_delta', text: 'hi' }],
    ] as const;
    const stream = [
      { type: 'message_start', message: JSON.parse(message()) as object },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      ...deltas.map(([index, delta]) => ({ type: 'content_block_delta', index, delta })),
      { type: 'message_stop' },
    ];
    const frames = stream.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    expect(check(REDACT, 'stream', frames, 'anthropic-messages').redacted?.parts).toEqual([
      { type: 'text', text: 'hi' },
    ]);
  });

  it('leaves it out of the details of a Chat answer', () => {
    const answer = (reasoning: string, details: object[]) => ({
      id: 'c-1',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'hi',
            reasoning_content: reasoning,
            reasoning_details: details,
          },
        },
      ],
    });
    const detail = { type: 'reasoning.text', text: 'alice@example.com', signature: 'c2ln', index: 0 };
    const checked = check(REDACT, 'whole', JSON.stringify(answer('alice@example.com', [detail])));
    expect(JSON.parse(checked.body.buffer.toString())).toEqual(answer('[REDACTED:email]', []));
  });
});
