import type { JsonObject } from '../../../common/json.js';

/** Bodies and streams as the vendors' APIs write them, for the specs of this folder. Shapes: the official SDKs' types. */

export const openAiRequest: JsonObject = {
  model: 'fast',
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'developer',
      content: [{ type: 'text', text: 'Use metric units.', cache_control: { type: 'ephemeral' } }],
    },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is on these? 🌍' },
        { type: 'image_url', image_url: { url: 'https://example.com/cat.png', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
      ],
    },
    {
      role: 'assistant',
      content: 'Let me look.',
      reasoning_content: 'They ask twice.',
      reasoning_details: [{ type: 'reasoning.text', text: 'They ask twice.', signature: 'c2ln', index: 0 }],
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
        { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '12 C' },
    { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: '14 C' }] },
    { role: 'user', content: 'Thanks. And now?' },
  ],
  tools: [
    {
      type: 'function',
      function: {
        name: 'weather',
        description: 'Weather in a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        strict: true,
      },
    },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: false,
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
  },
  max_completion_tokens: 8_000,
  temperature: 0.5,
  stop: ['END'],
  stream: true,
  stream_options: { include_usage: true },
};

export const anthropicRequest: JsonObject = {
  model: 'claude',
  max_tokens: 20_000,
  system: [
    { type: 'text', text: 'Be brief.' },
    { type: 'text', text: 'Use metric units.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is on these? 🌍' },
        { type: 'image', source: { type: 'url', url: 'https://example.com/cat.png' } },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
          title: 'a.pdf',
        },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'They ask twice.', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'b3BhcXVl' },
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bern' } },
        { type: 'tool_use', id: 'toolu_2', name: 'weather', input: { city: 'Ulm' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: '12 C' },
        {
          type: 'tool_result',
          tool_use_id: 'toolu_2',
          content: [{ type: 'text', text: 'no such city' }],
          is_error: true,
        },
        { type: 'text', text: 'Thanks. And now?' },
      ],
    },
  ],
  tools: [
    {
      name: 'weather',
      description: 'Weather in a city',
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ],
  tool_choice: { type: 'any', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 10_000 },
  stop_sequences: ['END'],
  stream: true,
};

export const openAiResponse: JsonObject = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-4o-2024-08-06',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Let me look.',
        refusal: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
        ],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    },
  ],
  usage: {
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    prompt_tokens_details: { cached_tokens: 60 },
    completion_tokens_details: { reasoning_tokens: 5 },
  },
};

export const anthropicResponse: JsonObject = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [
    { type: 'thinking', thinking: 'Bern first.', signature: 'c2ln' },
    { type: 'text', text: 'Let me look.' },
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bern' } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: {
    input_tokens: 40,
    cache_creation_input_tokens: 30,
    cache_read_input_tokens: 20,
    cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    output_tokens: 15,
    output_tokens_details: { thinking_tokens: 4 },
  },
};

function openAiChunk(
  delta: JsonObject,
  finishReason: string | null,
  usage: JsonObject | null | undefined,
): string {
  const chunk: JsonObject = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-4o',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  };
  if (usage !== undefined) chunk.usage = usage;
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

const OPENAI_DELTAS: readonly (readonly [JsonObject, string | null])[] = [
  [{ role: 'assistant', content: '', refusal: null }, null],
  [{ content: 'Grüezi 🌍' }, null],
  [{ content: ' "usage":null,\n' }, null],
  [
    {
      tool_calls: [
        { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } },
      ],
    },
    null,
  ],
  [{ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }, null],
  [
    { tool_calls: [{ index: 1, id: 'call_2', type: 'function', function: { name: 'time', arguments: '' } }] },
    null,
  ],
  [{ tool_calls: [{ index: 0, function: { arguments: '"Bern"}' } }] }, null],
  [{ tool_calls: [{ index: 1, function: { arguments: '{}' } }] }, null],
  [{}, 'tool_calls'],
];

const OPENAI_USAGE_FRAME = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60}}}\n\n`;

/** As the API streams with `include_usage`. */
export const openAiStreamWithUsage =
  OPENAI_DELTAS.map(([delta, reason]) => openAiChunk(delta, reason, null)).join('') +
  OPENAI_USAGE_FRAME +
  'data: [DONE]\n\n';

/** The same stream as the API sends it to a client that did not ask for usage. */
export const openAiStream =
  OPENAI_DELTAS.map(([delta, reason]) => openAiChunk(delta, reason, undefined)).join('') + 'data: [DONE]\n\n';

const ANTHROPIC_EVENTS: readonly JsonObject[] = [
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: 40,
        cache_creation_input_tokens: 30,
        cache_read_input_tokens: 20,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
        output_tokens: 1,
      },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Bern first.' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Grüezi 🌍' } },
  { type: 'content_block_stop', index: 1 },
  {
    type: 'content_block_start',
    index: 2,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
  },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '"Bern"}' } },
  { type: 'content_block_stop', index: 2 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: {
      input_tokens: 40,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 20,
      output_tokens: 15,
    },
  },
  { type: 'message_stop' },
];

export const anthropicStream = ANTHROPIC_EVENTS.map(
  (event) => `event: ${event.type as string}\ndata: ${JSON.stringify(event)}\n\n`,
).join('');

/** Bytes cut in two at `at`. */
export function cutAt(bytes: Buffer, at: number): Buffer[] {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Bytes one by one. */
export function cutEverywhere(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}
