import fc from 'fast-check';
import type { NativeOutputPart } from '../../src/chat/native-response.ts';
import type { PassThroughStream } from '../../src/pipeline/format-adapter/dialect-adapter.port.ts';
import { ANTHROPIC_STREAMS } from '../../src/pipeline/format-adapter/testing/anthropic-stream-fixtures.ts';
import {
  OPENAI_STREAMS,
  type StreamFixture,
} from '../../src/pipeline/format-adapter/testing/openai-stream-fixtures.ts';
import {
  anthropic,
  openAi,
  passThrough,
  readFrames,
} from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import { cutAt, cutEverywhere } from '../../src/pipeline/format-adapter/testing/wire-fixtures.ts';

type Case = readonly [string, StreamFixture, () => PassThroughStream];

const watchOpenAi = (): PassThroughStream => openAi.createPassThrough({ hideUsage: false });
const hideOpenAi = (): PassThroughStream => openAi.createPassThrough({ hideUsage: true });
const watchAnthropic = (): PassThroughStream => anthropic.createPassThrough({ hideUsage: true });

const CASES: readonly Case[] = [
  ...OPENAI_STREAMS.map((fixture): Case => [`openai-chat: ${fixture.name}`, fixture, watchOpenAi]),
  ...ANTHROPIC_STREAMS.map((fixture): Case => [
    `anthropic-messages: ${fixture.name}`,
    fixture,
    watchAnthropic,
  ]),
];

/** Bytes of what a part says, as JSON writes it. */
function countBytes(part: NativeOutputPart): number {
  const text = 'text' in part ? part.text : part.type === 'tool-call' ? part.argumentsJson : '';
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function listPositions(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length + 1 }, (_, at) => at);
}

describe.each(CASES)('%s', (_name, fixture, create) => {
  for (const [lineEndName, lineEnd] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    const bytes = Buffer.from(fixture.text.replaceAll('\n', lineEnd));

    it(`passes byte for byte, and is understood on the way, wherever it is cut (${lineEndName})`, () => {
      const isRight = (at: number): boolean => {
        const stream = create();
        const isSame = passThrough(stream, cutAt(bytes, at)).equals(bytes);
        const outputTokens = stream.usage?.outputTokens ?? null;
        return isSame && outputTokens === fixture.outputTokens && stream.ended && stream.error === null;
      };
      expect(listPositions(bytes).filter((at) => !isRight(at))).toEqual([]);
      expect(passThrough(create(), cutEverywhere(bytes)).equals(bytes)).toBe(true);
    });
  }

  it('counts about the bytes that the answer says', () => {
    const stream = create();
    passThrough(stream, [Buffer.from(fixture.text)]);
    const said = fixture.parts.reduce((sum, part) => sum + countBytes(part), 0);
    expect(stream.outputBytes).toBeGreaterThanOrEqual(said);
    // Signed reasoning is told twice, and a search of the provider's own is output, too.
    expect(stream.outputBytes).toBeLessThanOrEqual(2 * said + 40);
  });
});

describe('usage that only metering asked for', () => {
  /** The stream as a server writes it with `include_usage`. */
  function withUsageMembers(text: string, place: 'first' | 'last'): string {
    return text.replace(/^data: (\{.*\})$/gm, (line, json: string) => {
      const chunk = JSON.parse(json) as { choices?: unknown[]; usage?: unknown };
      if (chunk.usage !== undefined || (chunk.choices ?? []).length === 0) return line;
      const edited = place === 'last' ? { ...chunk, usage: null } : { usage: null, ...chunk };
      return `data: ${JSON.stringify(edited)}`;
    });
  }

  function withoutUsageChunk(text: string): string {
    return text.replace(/data: \{[^\n]*"choices":\[\],"usage":\{[^\n]*\n\n/, '');
  }

  it.each(OPENAI_STREAMS.map((fixture) => [fixture.name, fixture] as const))(
    'is taken out, and nothing else, wherever the stream is cut: %s',
    (_name, fixture) => {
      const expected = withoutUsageChunk(fixture.text);
      for (const place of ['first', 'last'] as const) {
        const bytes = Buffer.from(withUsageMembers(fixture.text, place));
        const isRight = (at: number): boolean => {
          const stream = hideOpenAi();
          const isSame = passThrough(stream, cutAt(bytes, at)).toString('utf8') === expected;
          return isSame && (stream.usage?.outputTokens ?? null) === fixture.outputTokens && stream.ended;
        };
        expect(listPositions(bytes).filter((at) => !isRight(at))).toEqual([]);
        expect(passThrough(hideOpenAi(), cutEverywhere(bytes)).toString('utf8')).toBe(expected);
      }
    },
  );

  it('is taken out of any chunk, whatever its texts look like and however it is cut', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"usage":null', '\\"usage\\": null,', 'usage', '{"usage":{', '\\'),
    );
    fc.assert(
      fc.property(
        fc.array(texts, { maxLength: 5 }),
        fc.array(fc.nat(60), { maxLength: 20 }),
        (contents, sizes) => {
          const chunk = (content: string, more: object): string =>
            `data: ${JSON.stringify({ id: 'i', choices: [{ index: 0, delta: { content } }], ...more })}\n\n`;
          const upstream = Buffer.from(contents.map((content) => chunk(content, { usage: null })).join(''));
          const expected = contents.map((content) => chunk(content, {})).join('');
          const chunks: Buffer[] = [];
          let at = 0;
          for (const size of sizes) {
            chunks.push(upstream.subarray(at, at + size));
            at += size;
          }
          chunks.push(upstream.subarray(at));
          expect(passThrough(hideOpenAi(), chunks).toString('utf8')).toBe(
            Buffer.from(expected).toString('utf8'),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is learned from a chunk whose text is the very word', () => {
    const text = `data: ${JSON.stringify({ choices: [{ delta: { content: 'usage' } }], usage: { prompt_tokens: 3, completion_tokens: 4 } })}\n\n`;
    const stream = watchOpenAi();
    passThrough(stream, [Buffer.from(text)]);
    expect(stream.usage).toMatchObject({ inputTokens: 3, outputTokens: 4 });
  });
});

describe('a stream that does not come to its end', () => {
  it('is never taken for an ended one before the answer is complete', () => {
    for (const [, fixture, create] of CASES) {
      const frames = readFrames(fixture.text).length;
      const bytes = Buffer.from(fixture.text);
      const finishAt = Math.max(
        bytes.lastIndexOf('"finish_reason":"'),
        bytes.lastIndexOf('event: message_stop'),
      );
      expect(frames).toBeGreaterThan(1);
      const isTakenForEnded = (at: number): boolean => {
        const stream = create();
        passThrough(stream, [bytes.subarray(0, at)]);
        return stream.ended;
      };
      expect(listPositions(bytes).filter((at) => at < finishAt && isTakenForEnded(at))).toEqual([]);
    }
  });

  it('of OpenAI has no usage', () => {
    const stream = watchOpenAi();
    stream.push(Buffer.from((OPENAI_STREAMS[0]?.text ?? '').slice(0, 600)));
    expect(stream.usage).toBeNull();
  });

  it('of Anthropic has its exact input, and an estimate of what it has said', () => {
    const said = 'word '.repeat(300);
    const [start = ''] = (ANTHROPIC_STREAMS[0]?.text ?? '').split(/(?<=\n\n)/);
    const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } };
    const stream = watchAnthropic();
    stream.push(Buffer.from(`${start}event: content_block_delta\ndata: ${JSON.stringify(delta)}\n\n`));
    expect(stream.usage).toMatchObject({ inputTokens: 25, outputTokens: 500, source: 'estimate' });
    const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 301 } };
    stream.push(Buffer.from(`event: message_delta\ndata: ${JSON.stringify(end)}\n\n`));
    expect(stream.usage).toMatchObject({ inputTokens: 25, outputTokens: 301, source: 'provider' });
  });
});
