import type { FinishReason, NativeOutputPart } from '../../../chat/native-response.js';
import type { JsonObject, JsonValue } from '../../../common/json.js';

/** A stream as one of the servers of a dialect writes it, and the answer it tells. */
export interface StreamFixture {
  name: string;
  text: string;
  parts: NativeOutputPart[];
  finishReason: FinishReason;
  /** Null where the stream has no usage. */
  outputTokens: number | null;
}

const HEAD: JsonObject = {
  id: 'chatcmpl-9aZ',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'm-1',
};
const DONE = 'data: [DONE]\n\n';
const USAGE: JsonObject = { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 };

function frame(data: JsonValue): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** A chunk with the members `more` beside its one choice. */
function chunk(delta: JsonObject, finishReason: string | null = null, more: JsonObject = {}): string {
  return frame({
    ...HEAD,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...more,
  });
}

function usageChunk(usage: JsonObject = USAGE): string {
  return frame({ ...HEAD, choices: [], usage });
}

function call(index: number, more: JsonObject): JsonObject {
  return { tool_calls: [{ index, ...more }] };
}

const plainText: StreamFixture = {
  name: 'text with empty and repeated members',
  text:
    chunk({ role: 'assistant', content: '', refusal: null }) +
    chunk({ content: 'Zürich liegt' }) +
    chunk({ content: '' }) +
    chunk({ content: null }) +
    chunk({}) +
    chunk({ content: ' am See 🌊 – 苏黎世 e\u0301.' }) +
    chunk({}, 'stop') +
    usageChunk() +
    DONE,
  parts: [{ type: 'text', text: 'Zürich liegt am See 🌊 – 苏黎世 e\u0301.' }],
  finishReason: 'stop',
  outputTokens: 12,
};

const noise: StreamFixture = {
  name: 'text among comments, unknown events and fields of SSE',
  text:
    ': PROCESSING\n\n' +
    'retry: 3000\n\n' +
    'event: keep-alive\n\n' +
    `event: message\nid: 1\n${chunk({ role: 'assistant', content: 'a' })}` +
    ':\n\n' +
    `: before a frame\n${chunk({ content: 'b' })}` +
    chunk({}, 'length') +
    DONE,
  parts: [{ type: 'text', text: 'ab' }],
  finishReason: 'length',
  outputTokens: null,
};

const interleavedCalls: StreamFixture = {
  name: 'text and parallel tool calls whose deltas interleave',
  text:
    chunk({ role: 'assistant', content: 'Two things.' }) +
    chunk(call(0, { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } })) +
    chunk(call(0, { function: { arguments: '{"city":' } })) +
    chunk(call(1, { id: 'call_b', type: 'function', function: { name: 'time', arguments: '' } })) +
    chunk(call(1, { function: { arguments: '{"zone"' } })) +
    chunk(call(0, { function: { arguments: '"Zürich"}' } })) +
    chunk({
      tool_calls: [
        { index: 2, id: 'call_c', type: 'function', function: { name: 'now', arguments: '{}' } },
        { index: 1, function: { arguments: ':"CET"}' } },
      ],
    }) +
    chunk({}, 'tool_calls') +
    usageChunk({ ...USAGE, prompt_tokens_details: { cached_tokens: 10 } }) +
    DONE,
  parts: [
    { type: 'text', text: 'Two things.' },
    { type: 'tool-call', id: 'call_a', name: 'weather', argumentsJson: '{"city":"Zürich"}' },
    { type: 'tool-call', id: 'call_b', name: 'time', argumentsJson: '{"zone":"CET"}' },
    { type: 'tool-call', id: 'call_c', name: 'now', argumentsJson: '{}' },
  ],
  finishReason: 'tool-calls',
  outputTokens: 12,
};

const zeroIndexes: StreamFixture = {
  name: 'tool calls that all have the index 0 and end with stop',
  text:
    chunk(call(0, { id: 'c1', type: 'function', function: { name: 'a', arguments: '{"n":1}' } })) +
    chunk(call(0, { id: 'c2', type: 'function', function: { name: 'b', arguments: '{"n"' } })) +
    chunk(call(0, { id: 'c2', type: 'function', function: { name: '', arguments: ':2}' } })) +
    chunk({}, 'stop') +
    DONE,
  parts: [
    { type: 'tool-call', id: 'c1', name: 'a', argumentsJson: '{"n":1}' },
    { type: 'tool-call', id: 'c2', name: 'b', argumentsJson: '{"n":2}' },
  ],
  finishReason: 'tool-calls',
  outputTokens: null,
};

const bareCalls: StreamFixture = {
  name: 'tool calls without index or id',
  text:
    chunk({ tool_calls: [{ id: 'c1', function: { name: 'a', arguments: '{"n":' } }] }) +
    chunk({ tool_calls: [{ function: { arguments: '1}' } }] }) +
    chunk({ tool_calls: [{ index: 1, function: { name: 'b', arguments: '{}' } }] }) +
    chunk({}, 'function_call') +
    DONE,
  parts: [
    { type: 'tool-call', id: 'c1', name: 'a', argumentsJson: '{"n":1}' },
    { type: 'tool-call', id: 'call_chatcmpl9aZ_1', name: 'b', argumentsJson: '{}' },
  ],
  finishReason: 'tool-calls',
  outputTokens: null,
};

const readableReasoning: StreamFixture = {
  name: 'reasoning in words, then text, usage with the last choice',
  text:
    chunk({ role: 'assistant', content: null, reasoning_content: 'Let me ' }) +
    chunk({ content: null, reasoning_content: 'think 🤔.' }) +
    chunk({ content: 'Done.', reasoning_content: null }) +
    chunk({ content: '' }, 'stop', {
      usage: { ...USAGE, completion_tokens_details: { reasoning_tokens: 7 } },
    }) +
    DONE,
  parts: [
    { type: 'reasoning', text: 'Let me think 🤔.', signature: null },
    { type: 'text', text: 'Done.' },
  ],
  finishReason: 'stop',
  outputTokens: 12,
};

const signedReasoning: StreamFixture = {
  name: 'signed and encrypted reasoning between text and a tool call',
  text:
    chunk({ role: 'assistant', content: '' }) +
    chunk({
      reasoning_content: 'Bern',
      reasoning_details: [{ type: 'reasoning.text', text: 'Bern', index: 0 }],
    }) +
    chunk({
      reasoning_content: ' first.',
      reasoning_details: [{ type: 'reasoning.text', text: ' first.', index: 0 }],
    }) +
    chunk({ reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'c2ln', index: 0 }] }) +
    chunk({ content: 'Looking.' }) +
    chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'b3BhcXVl', index: 2 }] }) +
    chunk(call(0, { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } })) +
    chunk({}, 'tool_calls') +
    usageChunk() +
    DONE,
  parts: [
    { type: 'reasoning', text: 'Bern first.', signature: 'c2ln' },
    { type: 'text', text: 'Looking.' },
    { type: 'reasoning-redacted', data: 'b3BhcXVl' },
    { type: 'tool-call', id: 'call_1', name: 'weather', argumentsJson: '{}' },
  ],
  finishReason: 'tool-calls',
  outputTokens: 12,
};

const refusal: StreamFixture = {
  name: 'a refusal in words',
  text:
    chunk({ role: 'assistant', content: '', refusal: '' }) +
    chunk({ refusal: 'I will ' }) +
    chunk({ refusal: 'not.' }) +
    chunk({}, 'stop') +
    DONE,
  parts: [{ type: 'refusal', text: 'I will not.' }],
  finishReason: 'stop',
  outputTokens: null,
};

const azure: StreamFixture = {
  name: "Azure's verdicts before and after the answer",
  text:
    frame({
      choices: [],
      created: 0,
      id: '',
      model: '',
      object: '',
      prompt_filter_results: [{ prompt_index: 0 }],
    }) +
    chunk({ role: 'assistant', content: 'Hi' }) +
    frame({ ...HEAD, choices: [{ index: 0, finish_reason: null, content_filter_offsets: { start: 0 } }] }) +
    chunk({}, 'content_filter') +
    DONE,
  parts: [{ type: 'text', text: 'Hi' }],
  finishReason: 'content-filter',
  outputTokens: null,
};

const withoutDone: StreamFixture = {
  name: 'an answer that ends without [DONE]',
  text: chunk({ role: 'assistant', content: 'Hi' }) + chunk({}, 'stop') + usageChunk(),
  parts: [{ type: 'text', text: 'Hi' }],
  finishReason: 'stop',
  outputTokens: 12,
};

const withoutReason: StreamFixture = {
  name: 'an answer that gives no reason to finish',
  text: chunk({ role: 'assistant', content: 'Hi' }) + chunk({ content: '!' }) + DONE,
  parts: [{ type: 'text', text: 'Hi!' }],
  finishReason: 'unknown',
  outputTokens: null,
};

export const OPENAI_STREAMS: readonly StreamFixture[] = [
  plainText,
  noise,
  interleavedCalls,
  zeroIndexes,
  bareCalls,
  readableReasoning,
  signedReasoning,
  refusal,
  azure,
  withoutDone,
  withoutReason,
];
