import type { NativeStreamEvent } from '../../chat/native-response.js';
import { parseSseFrame } from './sse-frames.js';
import {
  accumulate,
  anthropic,
  openAi,
  parseText,
  readFrames,
  renderEvents,
} from './testing/stream-tools.js';
import { anthropicStream, openAiStream, openAiStreamWithUsage } from './testing/wire-fixtures.js';

describe('OpenAI chunks', () => {
  it('carry the role first, number tool calls and end with usage and [DONE]', () => {
    const frames = readFrames(renderEvents(openAi, parseText(anthropic, anthropicStream)));
    expect(frames.at(-1)?.data).toBe('[DONE]');
    const chunks = frames
      .slice(0, -1)
      .map((frame) => JSON.parse(frame.data) as { choices: { delta: { tool_calls?: unknown[] } }[] });
    expect(chunks[0]).toMatchObject({ choices: [{ delta: { role: 'assistant' } }], usage: null });
    expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 90, completion_tokens: 15, prompt_tokens_details: { cached_tokens: 20 } },
    });
    const calls = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    expect(calls[0]).toEqual({
      index: 0,
      id: 'toolu_1',
      type: 'function',
      function: { name: 'weather', arguments: '' },
    });
  });

  it('carry no usage for a client that did not ask', () => {
    expect(renderEvents(openAi, parseText(openAi, openAiStream), false)).not.toContain('usage":{');
    expect(renderEvents(openAi, parseText(openAi, openAiStreamWithUsage), false)).not.toMatch(/,"usage"/);
  });

  it('carry signed reasoning that can be sent back and arrives at Anthropic unchanged', () => {
    const frames = readFrames(renderEvents(openAi, parseText(anthropic, anthropicStream))).slice(0, -1);
    const details = frames.flatMap((frame) => {
      const chunk = JSON.parse(frame.data) as { choices: { delta: { reasoning_details?: never[] } }[] };
      return chunk.choices[0]?.delta.reasoning_details ?? [];
    });
    const request = openAi.parseRequest({
      model: 'm',
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: 'Grüezi', reasoning_details: details },
      ],
    });
    const { body } = anthropic.renderRequest(request, {
      upstreamModel: 'claude-sonnet-4-5',
      defaultMaxOutputTokens: null,
      streamUsage: true,
    });
    expect(body.messages).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'Bern first.', signature: 'c2ln' },
          { type: 'text', text: 'Grüezi' },
        ],
      },
    ]);
  });

  it('give a tool call without arguments an empty object', () => {
    const start: NativeStreamEvent = {
      type: 'part-start',
      index: 0,
      part: { type: 'tool-call', id: 'c', name: 'now', argumentsJson: '' },
    };
    const text = renderEvents(openAi, [
      { type: 'start', id: 'i', model: 'm', createdAtSeconds: 1 },
      start,
      { type: 'part-end', index: 0 },
    ]);
    expect(text).toContain('"arguments":"{}"');
  });

  it('give a reason to finish where the events have none', () => {
    const start: NativeStreamEvent = { type: 'start', id: 'i', model: 'm', createdAtSeconds: 1 };
    expect(renderEvents(openAi, [start, { type: 'end' }])).toContain('"finish_reason":"stop"');
    const call: NativeStreamEvent = {
      type: 'part-start',
      index: 0,
      part: { type: 'tool-call', id: 'c', name: 'now', argumentsJson: '{}' },
    };
    expect(renderEvents(openAi, [start, call, { type: 'end' }])).toContain('"finish_reason":"tool_calls"');
  });

  it('report an error inside the stream with its code', () => {
    const events = parseText(
      openAi,
      'data: {"error":{"message":"overloaded","type":"server_error","code":"busy"}}\n\n',
    );
    expect(events).toEqual([{ type: 'error', code: 'busy', message: 'overloaded', status: 500 }]);
  });
});

describe('Anthropic events', () => {
  it('come in the order of the API, one block after the other, also for interleaved tool calls', () => {
    const frames = readFrames(renderEvents(anthropic, parseText(openAi, openAiStreamWithUsage)));
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
    const known = readFrames(renderEvents(anthropic, parseText(anthropic, anthropicStream)))[0];
    expect(JSON.parse(known?.data ?? '')).toMatchObject({
      message: { usage: { input_tokens: 40, cache_read_input_tokens: 20 } },
    });
    const unknown = readFrames(renderEvents(anthropic, parseText(openAi, openAiStreamWithUsage)));
    expect(JSON.parse(unknown[0]?.data ?? '')).toMatchObject({ message: { usage: { input_tokens: 0 } } });
    expect(JSON.parse(unknown.at(-2)?.data ?? '')).toMatchObject({
      usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 20 },
    });
  });

  it('keep the split of cache writes by lifetime although message_delta has none', () => {
    expect(accumulate(parseText(anthropic, anthropicStream)).usage).toMatchObject({
      cacheWriteTokens: 10,
      cacheWrite1hTokens: 20,
      outputTokens: 15,
    });
  });

  it('report an error inside the stream with its type', () => {
    const text =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    expect(parseText(anthropic, text)).toEqual([
      { type: 'error', code: 'overloaded_error', message: 'Overloaded', status: 529 },
    ]);
  });

  it('call a refusal in words a refusal', () => {
    const chunk = {
      id: 'i',
      model: 'm',
      created: 1,
      choices: [{ index: 0, delta: { refusal: 'No.' }, finish_reason: null }],
    };
    const end = {
      id: 'i',
      model: 'm',
      created: 1,
      choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
    };
    const text =
      [chunk, end].map((data) => `data: ${JSON.stringify(data)}\n\n`).join('') + 'data: [DONE]\n\n';
    expect(renderEvents(anthropic, parseText(openAi, text))).toContain('"stop_reason":"refusal"');
  });
});

it('frames written by the renderers are read back by the frame parser', () => {
  expect(parseSseFrame('event: a\ndata: b\n\n')).toEqual({ event: 'a', data: 'b' });
});
