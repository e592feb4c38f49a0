import type { JsonObject } from '../../src/common/json.ts';
import { UpstreamFormatError } from '../../src/pipeline/format-adapter/dialect-adapter.port.ts';
import { anthropic, openAi } from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import {
  anthropicResponse,
  openAiResponse,
} from '../../src/pipeline/format-adapter/testing/wire-fixtures.ts';

interface Completion {
  choices: { message: JsonObject; finish_reason: string }[];
  usage?: JsonObject;
}

const completion = (
  message: JsonObject,
  finishReason: string | null = 'stop',
  usage?: JsonObject,
): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 5,
  model: 'm',
  ...(usage === undefined ? {} : { usage }),
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finishReason }],
});
const message = (content: JsonObject[], stopReason = 'end_turn', more: JsonObject = {}): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content,
  stop_reason: stopReason,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 2 },
  ...more,
});
describe('an answer of Claude for a Chat client', () => {
  const rendered = openAi.renderResponse(
    anthropic.parseResponse(anthropicResponse),
  ) as unknown as Completion & JsonObject;

  it('is a chat.completion with text, calls, reasoning and the time that the gateway read it', () => {
    expect(rendered).toMatchObject({
      id: 'msg_1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'claude-sonnet-4-5-20250929',
    });
    expect(rendered.choices).toEqual([
      {
        index: 0,
        logprobs: null,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: 'Let me look.',
          refusal: null,
          reasoning_content: 'Bern first.',
          reasoning_details: [{ type: 'reasoning.text', text: 'Bern first.', signature: 'c2ln', index: 0 }],
          tool_calls: [
            { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
          ],
        },
      },
    ]);
  });

  it('counts input, cache reads and cache writes as the prompt', () => {
    expect(rendered.usage).toEqual({
      prompt_tokens: 90,
      completion_tokens: 15,
      total_tokens: 105,
      prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 30 },
      completion_tokens_details: { reasoning_tokens: 4 },
    });
  });

  it("joins texts, leaves out what the provider's own tools did, and has no usage where none is known", () => {
    const blocks = [
      { type: 'text', text: 'a' },
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      { type: 'text', text: 'b' },
    ];
    const body = openAi.renderResponse(
      anthropic.parseResponse(message(blocks, 'end_turn', { usage: {} })),
    ) as unknown as Completion;
    expect(body.choices[0]?.message).toEqual({ role: 'assistant', content: 'ab', refusal: null });
    expect(body).not.toHaveProperty('usage');
  });

  it.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['stop_sequence', 'stop'],
    ['tool_use', 'tool_calls'],
    ['pause_turn', 'stop'],
    ['refusal', 'content_filter'],
    ['something_new', 'stop'],
  ])('that stopped for %s finished for %s', (stopReason, finishReason) => {
    const body = openAi.renderResponse(
      anthropic.parseResponse(message([], stopReason)),
    ) as unknown as Completion;
    expect(body.choices[0]?.finish_reason).toBe(finishReason);
  });
});

describe('an answer of OpenAI for a Messages client', () => {
  it('is a message with text, calls and usage that tells cached input apart', () => {
    expect(anthropic.renderResponse(openAi.parseResponse(openAiResponse))).toEqual({
      id: 'chatcmpl-1',
      type: 'message',
      role: 'assistant',
      model: 'gpt-4o-2024-08-06',
      content: [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Bern' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      stop_details: null,
      usage: {
        input_tokens: 40,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 20,
        output_tokens_details: { thinking_tokens: 5 },
      },
    });
  });

  it.each([
    ['stop', {}, 'end_turn'],
    ['length', {}, 'max_tokens'],
    ['tool_calls', {}, 'tool_use'],
    ['function_call', {}, 'tool_use'],
    ['content_filter', {}, 'refusal'],
    [null, {}, 'end_turn'],
    ['eos', {}, 'end_turn'],
    ['stop', { refusal: 'No.' }, 'refusal'],
    [
      'stop',
      { tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      'tool_use',
    ],
    [
      'tool_call',
      { tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      'tool_use',
    ],
  ])('that finished for %s (%j) stopped for %s', (finishReason, more, stopReason) => {
    const body = anthropic.renderResponse(
      openAi.parseResponse(completion({ content: 'x', ...more }, finishReason)),
    );
    expect(body.stop_reason).toBe(stopReason);
  });

  it('tells a refusal in words as text', () => {
    const body = anthropic.renderResponse(
      openAi.parseResponse(completion({ content: null, refusal: 'No.' })),
    );
    expect(body).toMatchObject({ content: [{ type: 'text', text: 'No.' }], stop_reason: 'refusal' });
  });

  it.each([
    [
      'content in parts',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      [{ type: 'text', text: 'ab' }],
    ],
    [
      'arguments as an object',
      { content: null, tool_calls: [{ id: 'c', function: { name: 'f', arguments: { n: 1 } } }] },
      [{ type: 'tool_use', id: 'c', name: 'f', input: { n: 1 } }],
    ],
    [
      'arguments that are broken',
      { tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{"n":' } }] },
      [{ type: 'tool_use', id: 'c', name: 'f', input: { invalid_json: '{"n":' } }],
    ],
    [
      'calls without ids',
      {
        tool_calls: [
          { function: { name: 'f', arguments: '' } },
          { function: { name: 'g', arguments: '{}' } },
        ],
      },
      [
        { type: 'tool_use', id: 'call_chatcmpl1_0', name: 'f', input: {} },
        { type: 'tool_use', id: 'call_chatcmpl1_1', name: 'g', input: {} },
      ],
    ],
    [
      'reasoning in words',
      { content: 'a', reasoning: 'Hm.' },
      [
        { type: 'thinking', thinking: 'Hm.', signature: '' },
        { type: 'text', text: 'a' },
      ],
    ],
    ['nothing at all', { content: null }, []],
  ])('understands what compatible servers write: %s', (_name, written, content) => {
    expect(anthropic.renderResponse(openAi.parseResponse(completion(written as JsonObject))).content).toEqual(
      content,
    );
  });
});

describe('an answer that is not one', () => {
  it.each([
    [
      'openai-chat',
      openAi,
      [
        {},
        { choices: [] },
        { choices: 'x' },
        { choices: [7] },
        { choices: [{}] },
        completion({ tool_calls: [{ id: 'c' }] }),
      ],
    ],
    ['anthropic-messages', anthropic, [{}, { content: null }, { content: 'x' }, { error: {} }]],
  ] as const)('raises UpstreamFormatError and nothing else (%s)', (_name, adapter, bodies) => {
    for (const body of bodies)
      expect(() => adapter.parseResponse(body as JsonObject)).toThrow(UpstreamFormatError);
  });
});
