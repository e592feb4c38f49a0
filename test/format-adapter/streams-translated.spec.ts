import { listStreamEvents } from '../../src/chat/list-stream-events.ts';
import type { NativeOutputPart, NativeStreamEvent } from '../../src/chat/native-response.ts';
import type { DialectAdapter } from '../../src/pipeline/format-adapter/dialect-adapter.port.ts';
import { ANTHROPIC_STREAMS } from '../../src/pipeline/format-adapter/testing/anthropic-stream-fixtures.ts';
import {
  OPENAI_STREAMS,
  type StreamFixture,
} from '../../src/pipeline/format-adapter/testing/openai-stream-fixtures.ts';
import {
  accumulate,
  anthropic,
  openAi,
  parseChunks,
  parseText,
  readFrames,
  renderEvents,
} from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import { cutEverywhere } from '../../src/pipeline/format-adapter/testing/wire-fixtures.ts';

type Case = readonly [string, DialectAdapter, StreamFixture];

const CASES: readonly Case[] = [
  ...OPENAI_STREAMS.map((fixture): Case => [`openai-chat: ${fixture.name}`, openAi, fixture]),
  ...ANTHROPIC_STREAMS.map((fixture): Case => [`anthropic-messages: ${fixture.name}`, anthropic, fixture]),
];

/** What each dialect can say: Anthropic has no refusals in words, and no way to tell why thinking was left out. */
function expectParts(parts: readonly NativeOutputPart[], target: DialectAdapter): NativeOutputPart[] {
  return parts.map((part) =>
    target === anthropic && part.type === 'refusal' ? { type: 'text', text: part.text } : part,
  );
}

const OPENAI_REASONS: Readonly<Record<string, string>> = {
  pause: 'stop',
  'stop-sequence': 'stop',
  refusal: 'content-filter',
  unknown: 'stop',
};
const ANTHROPIC_REASONS: Readonly<Record<string, string>> = { 'content-filter': 'refusal', unknown: 'stop' };

function expectReason(fixture: StreamFixture, target: DialectAdapter): string {
  const isRefused = fixture.parts.some((part) => part.type === 'refusal');
  if (target === anthropic && isRefused && fixture.finishReason === 'stop') return 'refusal';
  const reasons = target === anthropic ? ANTHROPIC_REASONS : OPENAI_REASONS;
  return reasons[fixture.finishReason] ?? fixture.finishReason;
}

describe.each(CASES)('%s', (_name, source, fixture) => {
  const events = parseText(source, fixture.text);

  it.each([
    ['openai-chat', openAi],
    ['anthropic-messages', anthropic],
  ])('tells the same answer in %s, byte by byte', (_target, target) => {
    const rendered = Buffer.from(renderEvents(target, events));
    const response = accumulate(parseChunks(target, cutEverywhere(rendered)));
    expect(response.parts).toEqual(expectParts(fixture.parts, target));
    expect(response.finishReason).toBe(expectReason(fixture, target));
    if (fixture.outputTokens !== null) expect(response.usage?.outputTokens).toBe(fixture.outputTokens);
  });

  it('is replayed from its whole answer as it was streamed', () => {
    const response = accumulate(events);
    const replayed = renderEvents(source, listStreamEvents(response));
    const expected = {
      ...response,
      finishReason: expectReason(fixture, source),
      parts: expectParts(fixture.parts, source),
    };
    const told = accumulate(parseText(source, replayed));
    expect({ ...told, usage: response.usage }).toEqual(expected);
  });
});

describe('chunks for an OpenAI client', () => {
  it('repeat id, model and time of the upstream, start with the role and end with usage and [DONE]', () => {
    const frames = readFrames(renderEvents(openAi, parseText(anthropic, ANTHROPIC_STREAMS[1]?.text ?? '')));
    expect(frames.at(-1)).toEqual({ event: null, data: '[DONE]' });
    const chunks = frames.slice(0, -1).map((frame) => JSON.parse(frame.data));
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({
        id: 'msg_9',
        object: 'chat.completion.chunk',
        created: 1_700_000_000,
        model: 'c-1',
      });
    }
    expect(chunks[0]).toMatchObject({
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      usage: null,
    });
    expect(chunks.at(-2)).toMatchObject({
      choices: [{ delta: {}, finish_reason: 'tool_calls' }],
      usage: null,
    });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 30,
        completion_tokens: 12,
        total_tokens: 42,
        prompt_tokens_details: { cached_tokens: 5 },
      },
    });
  });

  it('hold no usage member at all for a client that did not ask for it', () => {
    const text = renderEvents(openAi, parseText(anthropic, ANTHROPIC_STREAMS[1]?.text ?? ''), false);
    expect(text).not.toContain('usage');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('number parallel tool calls from 0 in their order, whatever stands between', () => {
    const frames = readFrames(renderEvents(openAi, parseText(anthropic, ANTHROPIC_STREAMS[1]?.text ?? '')));
    const calls = frames
      .slice(0, -1)
      .flatMap((frame) => JSON.parse(frame.data).choices[0]?.delta.tool_calls ?? []);
    const named = calls.filter((call: { id?: string }) => call.id !== undefined);
    expect(named.map((call: { index: number; id: string }) => [call.index, call.id])).toEqual([
      [0, 'toolu_1'],
      [1, 'toolu_2'],
    ]);
  });
});

describe('events for an Anthropic client', () => {
  it.each(OPENAI_STREAMS.map((fixture) => [fixture.name, fixture] as const))(
    'open one block at a time, in the order of the API: %s',
    (_name, fixture) => {
      const frames = readFrames(renderEvents(anthropic, parseText(openAi, fixture.text)));
      const types = frames.map((frame) => frame.event);
      expect(types[0]).toBe('message_start');
      expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
      let open: number | null = null;
      let next = 0;
      for (const { event, data } of frames) {
        const told = JSON.parse(data);
        expect(told.type).toBe(event);
        if (event === 'content_block_start') {
          expect(open).toBeNull();
          expect(told.index).toBe(next);
          open = next;
          next += 1;
        } else if (event === 'content_block_delta') expect(told.index).toBe(open);
        else if (event === 'content_block_stop') {
          expect(told.index).toBe(open);
          open = null;
        }
      }
      expect(open).toBeNull();
    },
  );

  it('write the first of interleaved tool calls as it comes and hold back only the others', () => {
    const renderer = anthropic.createStreamRenderer(
      anthropic.parseRequest({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] }),
    );
    const call = (index: number): NativeStreamEvent => ({
      type: 'part-start',
      index,
      part: { type: 'tool-call', id: `c${index}`, name: 'f', argumentsJson: '' },
    });
    const write = (event: NativeStreamEvent): string => renderer.render(event);
    write({ type: 'start', id: 'i', model: 'm', createdAtSeconds: 1 });
    write(call(0));
    expect(write(call(1))).toBe('');
    expect(write({ type: 'tool-call-delta', index: 1, argumentsJson: '{"late":1}' })).toBe('');
    expect(write({ type: 'tool-call-delta', index: 0, argumentsJson: '{}' })).toContain('"index":0');
    expect(write({ type: 'part-end', index: 1 })).toBe('');
    const rest = write({ type: 'part-end', index: 0 });
    expect(readFrames(rest).map((frame) => frame.event)).toEqual([
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
    ]);
    expect(rest).toContain('{\\"late\\":1}');
  });

  it('write a tool call on as it comes, once it is its turn', () => {
    const renderer = anthropic.createStreamRenderer(
      anthropic.parseRequest({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] }),
    );
    const events: NativeStreamEvent[] = [
      { type: 'start', id: 'i', model: 'm', createdAtSeconds: 1 },
      ...[0, 1, 2].map((index): NativeStreamEvent => ({
        type: 'part-start',
        index,
        part: { type: 'tool-call', id: `c${index}`, name: 'f', argumentsJson: '' },
      })),
      { type: 'tool-call-delta', index: 2, argumentsJson: '{"n":' },
      { type: 'part-end', index: 0 },
      { type: 'tool-call-delta', index: 1, argumentsJson: '{}' },
      { type: 'tool-call-delta', index: 2, argumentsJson: '2}' },
      { type: 'part-end', index: 1 },
      { type: 'part-end', index: 2 },
      { type: 'finish', reason: 'tool-calls', stopSequence: null },
      { type: 'end' },
    ];
    const text = events.map((event) => renderer.render(event)).join('');
    expect(accumulate(parseText(anthropic, text)).parts).toMatchObject([
      { id: 'c0', argumentsJson: '' },
      { id: 'c1', argumentsJson: '{}' },
      { id: 'c2', argumentsJson: '{"n":2}' },
    ]);
  });
});

describe('an error in the middle', () => {
  const [head] = [parseText(openAi, OPENAI_STREAMS[0]?.text ?? '').slice(0, 3)];
  const fail = (code: string, status: number | null): NativeStreamEvent => ({
    type: 'error',
    code,
    message: 'Try later.',
    status,
  });

  it('is the last thing that an OpenAI client reads', () => {
    const text = renderEvents(openAi, [
      ...head,
      fail('overloaded_error', null),
      { type: 'text-delta', index: 0, text: 'afterwards' },
      { type: 'end' },
    ]);
    const frames = readFrames(text);
    expect(JSON.parse(frames.at(-1)?.data ?? '')).toMatchObject({
      error: { message: 'Try later.', code: 'overloaded_error' },
    });
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('afterwards');
  });

  it.each([
    ['overloaded_error', null, 'overloaded_error'],
    ['slow_down', 429, 'rate_limit_error'],
    ['upstream_error', null, 'api_error'],
  ])(
    'is the last thing that an Anthropic client reads, with a type that says whether to try again (%s)',
    (code, status, type) => {
      const text = renderEvents(anthropic, [...head, fail(code, status), { type: 'end' }]);
      const frames = readFrames(text);
      expect(frames.at(-1)?.event).toBe('error');
      expect(JSON.parse(frames.at(-1)?.data ?? '')).toEqual({
        type: 'error',
        error: { type, message: 'Try later.', details: { error_code: code } },
      });
      expect(text).not.toContain('message_stop');
    },
  );
});
