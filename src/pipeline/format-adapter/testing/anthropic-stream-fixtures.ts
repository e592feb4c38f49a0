import type { JsonObject } from '../../../common/json.js';
import type { StreamFixture } from './openai-stream-fixtures.js';

function event(data: JsonObject): string {
  return `event: ${data.type as string}\ndata: ${JSON.stringify(data)}\n\n`;
}

function start(usage: JsonObject = { input_tokens: 25, output_tokens: 1 }): string {
  const message = { id: 'msg_9', type: 'message', role: 'assistant', model: 'c-1', content: [] };
  return event({
    type: 'message_start',
    message: { ...message, stop_reason: null, stop_sequence: null, usage },
  });
}

/** A block with its deltas. */
function block(index: number, first: JsonObject, deltas: readonly JsonObject[]): string {
  return (
    event({ type: 'content_block_start', index, content_block: first }) +
    deltas.map((delta) => event({ type: 'content_block_delta', index, delta })).join('') +
    event({ type: 'content_block_stop', index })
  );
}

function text(index: number, ...pieces: string[]): string {
  return block(
    index,
    { type: 'text', text: '' },
    pieces.map((piece) => ({ type: 'text_delta', text: piece })),
  );
}

function tool(index: number, id: string, name: string, pieces: readonly string[]): string {
  const deltas = pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
  return block(index, { type: 'tool_use', id, name, input: {} }, deltas);
}

function end(stopReason: string, more: JsonObject = {}, usage: JsonObject = { output_tokens: 12 }): string {
  const delta = { stop_reason: stopReason, stop_sequence: null, ...more };
  return event({ type: 'message_delta', delta, usage }) + event({ type: 'message_stop' });
}

const PING = event({ type: 'ping' });

const plainText: StreamFixture = {
  name: 'text with pings, empty deltas and comments',
  text:
    start() +
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) +
    PING +
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Zürich' } }) +
    ': comment\n\n' +
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '' } }) +
    event({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: ' 🌊 苏黎世 e\u0301' },
    }) +
    event({ type: 'content_block_stop', index: 0 }) +
    end('end_turn'),
  parts: [{ type: 'text', text: 'Zürich 🌊 苏黎世 e\u0301' }],
  finishReason: 'stop',
  outputTokens: 12,
};

const thinkingAndCalls: StreamFixture = {
  name: 'thinking, redacted thinking, text and parallel tool calls',
  text:
    start() +
    block(0, { type: 'thinking', thinking: '', signature: '' }, [
      { type: 'thinking_delta', thinking: 'Bern ' },
      { type: 'thinking_delta', thinking: 'first.' },
      { type: 'signature_delta', signature: 'c2ln' },
    ]) +
    block(1, { type: 'redacted_thinking', data: 'b3BhcXVl' }, []) +
    text(2, 'Looking.') +
    tool(3, 'toolu_1', 'weather', ['', '{"city":', '"Zürich"}']) +
    tool(4, 'toolu_2', 'now', ['{}']) +
    end('tool_use', {}, { input_tokens: 25, cache_read_input_tokens: 5, output_tokens: 12 }),
  parts: [
    { type: 'reasoning', text: 'Bern first.', signature: 'c2ln' },
    { type: 'reasoning-redacted', data: 'b3BhcXVl' },
    { type: 'text', text: 'Looking.' },
    { type: 'tool-call', id: 'toolu_1', name: 'weather', argumentsJson: '{"city":"Zürich"}' },
    { type: 'tool-call', id: 'toolu_2', name: 'now', argumentsJson: '{}' },
  ],
  finishReason: 'tool-calls',
  outputTokens: 12,
};

const hiddenThinking: StreamFixture = {
  name: 'thinking whose text is not shown',
  text:
    start() +
    block(0, { type: 'thinking', thinking: '', signature: '' }, [
      { type: 'signature_delta', signature: 'b25seQ' },
    ]) +
    text(1, 'Yes.') +
    end('end_turn'),
  parts: [
    { type: 'reasoning', text: '', signature: 'b25seQ' },
    { type: 'text', text: 'Yes.' },
  ],
  finishReason: 'stop',
  outputTokens: 12,
};

const serverTools: StreamFixture = {
  name: "the provider's own tools, citations and events that are not known",
  text:
    start() +
    block(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }, [
      { type: 'input_json_delta', partial_json: '{"query":"x"}' },
    ]) +
    block(1, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }, []) +
    event({ type: 'weather_report', text: 'sunny' }) +
    block(2, { type: 'text', text: '' }, [
      { type: 'text_delta', text: 'It says so' },
      { type: 'citations_delta', citation: { type: 'web_search_result_location', cited_text: 'so' } },
      { type: 'future_delta', text: 'no' },
      { type: 'text_delta', text: '.' },
    ]) +
    end('pause_turn'),
  parts: [{ type: 'text', text: 'It says so.' }],
  finishReason: 'pause',
  outputTokens: 12,
};

const stopSequence: StreamFixture = {
  name: 'a stop sequence',
  text: start() + text(0, 'One') + end('stop_sequence', { stop_sequence: 'END' }),
  parts: [{ type: 'text', text: 'One' }],
  finishReason: 'stop-sequence',
  outputTokens: 12,
};

const refusal: StreamFixture = {
  name: 'a refusal of a classifier',
  text: start() + text(0, 'I was') + end('refusal', { stop_details: { type: 'refusal', category: 'cyber' } }),
  parts: [{ type: 'text', text: 'I was' }],
  finishReason: 'refusal',
  outputTokens: 12,
};

const bareStart: StreamFixture = {
  name: 'an empty answer of a server that counts its output only at the end',
  text: start({ input_tokens: 25 }) + end('max_tokens'),
  parts: [],
  finishReason: 'length',
  outputTokens: 12,
};

export const ANTHROPIC_STREAMS: readonly StreamFixture[] = [
  plainText,
  thinkingAndCalls,
  hiddenThinking,
  serverTools,
  stopSequence,
  refusal,
  bareStart,
];
