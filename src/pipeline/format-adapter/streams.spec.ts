import { ResponseAccumulator } from '../../chat/accumulate-response.js';
import { listStreamEvents } from '../../chat/list-stream-events.js';
import type { NativeChatResponse, NativeStreamEvent } from '../../chat/native-response.js';
import { ManualClock } from '../../common/clock.port.js';
import { createAnthropicMessagesAdapter } from './anthropic-messages/adapter.js';
import type { DialectAdapter } from './dialect-adapter.port.js';
import { openAiChatAdapter } from './openai-chat/adapter.js';
import { parseSseFrame, SseFrameReader } from './sse-frames.js';
import {
  anthropicRequest,
  anthropicStream,
  cutAt,
  cutEverywhere,
  openAiRequest,
  openAiStream,
  openAiStreamWithUsage,
} from './testing/wire-fixtures.js';

const anthropic = createAnthropicMessagesAdapter(new ManualClock());
const openAi = openAiChatAdapter;

function parse(adapter: DialectAdapter, chunks: readonly Buffer[]): NativeStreamEvent[] {
  const parser = adapter.createStreamParser();
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  return [...events, ...parser.finish()];
}

function parseText(adapter: DialectAdapter, text: string): NativeStreamEvent[] {
  return parse(adapter, [Buffer.from(text)]);
}

function accumulate(events: readonly NativeStreamEvent[]): NativeChatResponse {
  const accumulator = new ResponseAccumulator();
  for (const event of events) accumulator.add(event);
  expect(accumulator.error).toBeNull();
  expect(accumulator.hasEnded).toBe(true);
  return accumulator.build();
}

function render(adapter: DialectAdapter, events: readonly NativeStreamEvent[], includesUsage = true): string {
  const raw = adapter.dialect === 'openai-chat' ? openAiRequest : anthropicRequest;
  const request = { ...adapter.parseRequest(raw), streamIncludesUsage: includesUsage };
  const renderer = adapter.createStreamRenderer(request);
  return events.map((event) => renderer.render(event)).join('');
}

function readFrames(text: string): { event: string | null; data: string }[] {
  const reader = new SseFrameReader();
  return [...reader.push(Buffer.from(text)), ...reader.finish()];
}

const CASES: readonly (readonly [string, DialectAdapter, string])[] = [
  ['openai-chat', openAi, openAiStreamWithUsage],
  ['anthropic-messages', anthropic, anthropicStream],
];

describe.each(CASES)('stream of %s', (_name, adapter, text) => {
  const bytes = Buffer.from(text);
  const whole = parse(adapter, [bytes]);

  it('gives the same events wherever it is cut', () => {
    for (let at = 0; at <= bytes.length; at += 1) expect(parse(adapter, cutAt(bytes, at))).toEqual(whole);
    expect(parse(adapter, cutEverywhere(bytes))).toEqual(whole);
  });

  it('gives the same events with CRLF line ends', () => {
    expect(parse(adapter, cutEverywhere(Buffer.from(text.replaceAll('\n', '\r\n'))))).toEqual(whole);
  });

  it('ends with an error event and without an end when it is cut before its end marker', () => {
    for (let at = 0; at < bytes.length - 30; at += 7) {
      const events = parse(adapter, [bytes.subarray(0, at)]);
      expect(events.at(-1)).toMatchObject({ type: 'error', code: 'stream_cut' });
      expect(events.filter((event) => event.type === 'end')).toEqual([]);
    }
  });

  it('becomes one error event, never an exception, when its bytes are garbage', () => {
    for (const garbage of ['data: {\n\n', 'data: []\n\n', 'data: 1\n\n', 'event: message_start\ndata: {"type":"message_start"}\n\nx']) {
      const events = parse(adapter, [Buffer.from(garbage), Buffer.from('data: {"more":1}\n\n')]);
      expect(events.filter((event) => event.type === 'error')).toHaveLength(1);
    }
  });

  it('survives rendering and parsing in its own dialect', () => {
    expect(accumulate(parseText(adapter, render(adapter, whole)))).toEqual(accumulate(whole));
  });

  it('tells the same answer as its own replay from the cache', () => {
    const response = accumulate(whole);
    expect(accumulate(parseText(adapter, render(adapter, listStreamEvents(response))))).toEqual(response);
  });

  it.each(CASES)('keeps text, tool calls, reasoning, usage and finish reason through %s', (_other, other) => {
    const response = accumulate(whole);
    const through = accumulate(parseText(other, render(other, whole)));
    expect(through.parts).toEqual(response.parts);
    expect(through.finishReason).toBe(response.finishReason);
    expect(through.usage?.outputTokens).toBe(response.usage?.outputTokens);
    expect(through.usage?.cacheReadTokens).toBe(response.usage?.cacheReadTokens);
  });

  it('writes nothing after an error event', () => {
    const error: NativeStreamEvent = { type: 'error', code: 'upstream_error', message: 'gone', status: null };
    const text = render(adapter, [...whole.slice(0, 4), error, { type: 'end' }]);
    expect(text).toContain('gone');
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('message_stop');
  });
});

describe('OpenAI chunks', () => {
  it('carry the role first, number tool calls and end with usage and [DONE]', () => {
    const frames = readFrames(render(openAi, parseText(anthropic, anthropicStream)));
    expect(frames.at(-1)?.data).toBe('[DONE]');
    const chunks = frames.slice(0, -1).map((frame) => JSON.parse(frame.data) as Record<string, never>);
    expect(chunks[0]).toMatchObject({ choices: [{ delta: { role: 'assistant' } }], usage: null });
    expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 90, completion_tokens: 15, prompt_tokens_details: { cached_tokens: 20 } },
    });
    const calls = chunks.flatMap((chunk) => (chunk as { choices: { delta: { tool_calls?: unknown[] } }[] }).choices[0]?.delta.tool_calls ?? []);
    expect(calls[0]).toEqual({ index: 0, id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '' } });
  });

  it('carry no usage for a client that did not ask', () => {
    expect(render(openAi, parseText(openAi, openAiStream), false)).not.toContain('usage":{');
    expect(render(openAi, parseText(openAi, openAiStreamWithUsage), false)).not.toMatch(/,"usage"/);
  });

  it('carry signed reasoning that can be sent back and arrives at Anthropic unchanged', () => {
    const frames = readFrames(render(openAi, parseText(anthropic, anthropicStream))).slice(0, -1);
    const details = frames.flatMap((frame) => {
      const chunk = JSON.parse(frame.data) as { choices: { delta: { reasoning_details?: never[] } }[] };
      return chunk.choices[0]?.delta.reasoning_details ?? [];
    });
    const request = openAi.parseRequest({
      model: 'm',
      messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: 'Grüezi', reasoning_details: details }],
    });
    const { body } = anthropic.renderRequest(request, { upstreamModel: 'claude-sonnet-4-5', defaultMaxOutputTokens: null, streamUsage: true });
    expect(body.messages).toMatchObject([
      {},
      { content: [{ type: 'thinking', thinking: 'Bern first.', signature: 'c2ln' }, { type: 'text', text: 'Grüezi' }] },
    ]);
  });

  it('give a tool call without arguments an empty object', () => {
    const start: NativeStreamEvent = { type: 'part-start', index: 0, part: { type: 'tool-call', id: 'c', name: 'now', argumentsJson: '' } };
    const text = render(openAi, [{ type: 'start', id: 'i', model: 'm', createdAtSeconds: 1 }, start, { type: 'part-end', index: 0 }]);
    expect(text).toContain('"arguments":"{}"');
  });

  it('report an error inside the stream with its code', () => {
    const events = parseText(openAi, 'data: {"error":{"message":"overloaded","type":"server_error","code":"busy"}}\n\n');
    expect(events).toEqual([{ type: 'error', code: 'busy', message: 'overloaded', status: null }]);
  });
});

describe('Anthropic events', () => {
  it('come in the order of the API, one block after the other, also for interleaved tool calls', () => {
    const frames = readFrames(render(anthropic, parseText(openAi, openAiStreamWithUsage)));
    const types = frames.map((frame) => frame.event);
    expect(types[0]).toBe('message_start');
    expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
    let open = -1;
    for (const { data } of frames) {
      const event = JSON.parse(data) as { type: string; index: number };
      if (event.type === 'content_block_start') {
        expect(open).toBe(-1);
        open = event.index;
      } else if (event.type === 'content_block_delta') expect(event.index).toBe(open);
      else if (event.type === 'content_block_stop') open = -1;
    }
  });

  it('tell the input usage in message_start where it is known by then, else zero', () => {
    const known = readFrames(render(anthropic, parseText(anthropic, anthropicStream)))[0];
    expect(JSON.parse(known?.data ?? '')).toMatchObject({ message: { usage: { input_tokens: 40, cache_read_input_tokens: 20 } } });
    const unknown = readFrames(render(anthropic, parseText(openAi, openAiStreamWithUsage)));
    expect(JSON.parse(unknown[0]?.data ?? '')).toMatchObject({ message: { usage: { input_tokens: 0 } } });
    expect(JSON.parse(unknown.at(-2)?.data ?? '')).toMatchObject({ usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 20 } });
  });

  it('keep the split of cache writes by lifetime although message_delta has none', () => {
    expect(accumulate(parseText(anthropic, anthropicStream)).usage).toMatchObject({ cacheWriteTokens: 10, cacheWrite1hTokens: 20, outputTokens: 15 });
  });

  it('report an error inside the stream with its type', () => {
    const text = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    expect(parseText(anthropic, text)).toEqual([{ type: 'error', code: 'overloaded_error', message: 'Overloaded', status: null }]);
  });

  it('call a refusal in words a refusal', () => {
    const chunk = { id: 'i', model: 'm', created: 1, choices: [{ index: 0, delta: { refusal: 'No.' }, finish_reason: null }] };
    const end = { id: 'i', model: 'm', created: 1, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
    const text = [chunk, end].map((data) => `data: ${JSON.stringify(data)}\n\n`).join('') + 'data: [DONE]\n\n';
    expect(render(anthropic, parseText(openAi, text))).toContain('"stop_reason":"refusal"');
  });
});

it('frames written by the renderers are read back by the frame parser', () => {
  expect(parseSseFrame('event: a\ndata: b\n\n')).toEqual({ event: 'a', data: 'b' });
});
