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
} from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import { cutAt, cutEverywhere } from '../../src/pipeline/format-adapter/testing/wire-fixtures.ts';

type Case = readonly [string, DialectAdapter, StreamFixture];

const CASES: readonly Case[] = [
  ...OPENAI_STREAMS.map((fixture): Case => [`openai-chat: ${fixture.name}`, openAi, fixture]),
  ...ANTHROPIC_STREAMS.map((fixture): Case => [`anthropic-messages: ${fixture.name}`, anthropic, fixture]),
];

/** Where a line ends, as the SSE standard allows it. */
const LINE_ENDS = [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const;

function listPositions(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length + 1 }, (_, at) => at);
}

describe.each(CASES)('%s', (_name, adapter, fixture) => {
  const whole = parseChunks(adapter, [Buffer.from(fixture.text)]);
  const told = JSON.stringify(whole);

  it('tells the answer that was streamed', () => {
    const response = accumulate(whole);
    expect(response.parts).toEqual(fixture.parts);
    expect(response.finishReason).toBe(fixture.finishReason);
    expect(response.usage?.outputTokens ?? null).toBe(fixture.outputTokens);
  });

  for (const [name, lineEnd] of LINE_ENDS) {
    const bytes = Buffer.from(fixture.text.replaceAll('\n', lineEnd));

    it(`gives the same events wherever it is cut in two (${name})`, () => {
      const tellsAnother = (at: number): boolean =>
        JSON.stringify(parseChunks(adapter, cutAt(bytes, at))) !== told;
      expect(listPositions(bytes).filter(tellsAnother)).toEqual([]);
    });

    it(`gives the same events byte by byte (${name})`, () => {
      expect(parseChunks(adapter, cutEverywhere(bytes))).toEqual(whole);
    });
  }

  it('keeps every part in order: started once, ended once, and nothing for a part that is not open', () => {
    const open = new Set<number>();
    let started = 0;
    for (const event of whole) {
      if (event.type === 'part-start') {
        expect(event.index).toBe(started);
        started += 1;
        open.add(event.index);
      } else if (event.type === 'part-end') {
        expect(open.delete(event.index)).toBe(true);
      } else if ('index' in event) {
        expect(open).toContain(event.index);
      }
    }
    expect(open.size).toBe(0);
  });

  it('ends with exactly one end or one error wherever the upstream stops', () => {
    const bytes = Buffer.from(fixture.text);
    for (const at of listPositions(bytes)) {
      const events = parseChunks(adapter, [bytes.subarray(0, at)]);
      const types = events.map((event) => event.type);
      const endings = types.filter((type) => type === 'end' || type === 'error');
      expect([at, endings]).toEqual([at, [types.at(-1)]]);
      // An answer without its reason to finish is never taken for a whole one.
      if (endings[0] === 'end') expect(types).toContain('finish');
    }
  });
});

describe('a stream that fails', () => {
  const [start] = ANTHROPIC_STREAMS[0]?.text.split('\n\n') ?? [];

  it.each([
    [
      'openai-chat',
      openAi,
      'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: {"error":{"message":"busy","code":"overloaded"}}\n\n',
      'overloaded',
    ],
    [
      'openai-chat with a code that is a status',
      openAi,
      'data: {"error":{"message":"busy","code":429}}\n\n',
      '429',
    ],
    [
      'openai-chat with an error event',
      openAi,
      'event: error\ndata: {"message":"busy","type":"server_error"}\n\n',
      'server_error',
    ],
    [
      'openai-chat in the words of vLLM',
      openAi,
      'data: {"object":"error","message":"busy","code":400}\n\n',
      '400',
    ],
    [
      'anthropic-messages',
      anthropic,
      `${start}\n\nevent: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n`,
      'overloaded_error',
    ],
  ])(
    'is one error event with its code and nothing after it, wherever it is cut (%s)',
    (_name, adapter, text, code) => {
      const bytes = Buffer.from(
        `${text}data: {"choices":[{"index":0,"delta":{"content":"late"}}]}\n\ndata: [DONE]\n\n`,
      );
      for (let at = 0; at <= bytes.length; at += 1) {
        const events = parseChunks(adapter, cutAt(bytes, at));
        expect(events.at(-1)).toMatchObject({ type: 'error', code, message: 'busy' });
        expect(events.filter((event) => event.type === 'error' || event.type === 'end')).toHaveLength(1);
      }
    },
  );

  it.each([
    ['not JSON', 'data: {"choices":\n\n'],
    ['not an object', 'data: ["choices"]\n\n'],
    ['a number', 'data: 7\n\n'],
  ])('because a frame is %s is one error event, never an exception', (_name, text) => {
    for (const adapter of [openAi, anthropic]) {
      const events = parseChunks(adapter, [Buffer.from(text), Buffer.from('data: {}\n\n')]);
      expect(events).toEqual([
        {
          type: 'error',
          code: 'malformed_stream',
          message: 'The provider sent a malformed stream.',
          status: null,
        },
      ]);
    }
  });

  it('is one that is cut inside a frame, even after the reason to finish', () => {
    const { text = '' } = OPENAI_STREAMS.find(({ name }) => name.includes('without [DONE]')) ?? {};
    expect(parseChunks(openAi, [Buffer.from(text.slice(0, -20))]).at(-1)).toMatchObject({
      code: 'stream_cut',
    });
    expect(parseChunks(openAi, [Buffer.from(text)]).at(-1)).toEqual({ type: 'end' });
  });

  it('is not one whose pings hold no JSON', () => {
    const { text = '' } = ANTHROPIC_STREAMS[0] ?? {};
    const events = parseChunks(anthropic, [Buffer.from(`event: ping\ndata: \n\n${text}`)]);
    expect(events.at(-1)).toEqual({ type: 'end' });
  });

  it('gives a code that is a status as the status', () => {
    const events = parseChunks(openAi, [Buffer.from('data: {"error":{"message":"busy","code":529}}\n\n')]);
    expect(events).toEqual([{ type: 'error', code: '529', message: 'busy', status: 529 }]);
  });

  it('never throws, whatever members are of another type', () => {
    const odd = [null, 1, 'x', [], {}, [null], [1], [{}], { type: 1 }];
    for (const value of odd) {
      const chunks = [
        { id: value, choices: value, usage: value },
        { choices: [{ index: value, delta: value, finish_reason: value }] },
        {
          choices: [
            {
              delta: {
                content: value,
                refusal: value,
                tool_calls: value,
                reasoning_details: value,
                reasoning_content: value,
              },
            },
          ],
        },
        { choices: [{ delta: { tool_calls: [{ index: value, id: value, function: value }] } }] },
        { type: 'message_start', message: value },
        { type: 'message_start', message: { id: value, usage: value } },
        { type: 'content_block_start', index: value, content_block: value },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: value } },
        { type: 'content_block_delta', index: 0, delta: value },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: value } },
        { type: 'content_block_stop', index: value },
        { type: 'message_delta', delta: value, usage: value },
        { type: 'error', error: value },
      ];
      const text = chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('');
      for (const adapter of [openAi, anthropic]) {
        expect(() => parseChunks(adapter, [Buffer.from(text)])).not.toThrow();
      }
    }
  });
});
