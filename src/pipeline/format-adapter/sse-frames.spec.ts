import fc from 'fast-check';
import { UpstreamFormatError } from './dialect-adapter.port.js';
import { type SseFrame, SseFrameReader } from './sse-frames.js';
import { cutAt, cutEverywhere } from './testing/wire-fixtures.js';

const STREAM =
  '\uFEFF: hello\n\nevent: greeting\ndata: {"a":"Grüezi 🌍"}\n\n:\n\ndata:no space\ndata:  two lines\nid: 7\n\nevent: lonely\n\ndata\n\nretry: 5\ndata: x\n\n';

const EXPECTED: SseFrame[] = [
  { event: 'greeting', data: '{"a":"Grüezi 🌍"}' },
  { event: null, data: 'no space\n two lines' },
  { event: null, data: '' },
  { event: null, data: 'x' },
];

function read(chunks: readonly Buffer[]): SseFrame[] {
  const reader = new SseFrameReader();
  const frames = chunks.flatMap((chunk) => reader.push(chunk));
  return [...frames, ...reader.finish()];
}

describe('SseFrameReader', () => {
  for (const [name, lineEnd] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    const bytes = Buffer.from(STREAM.replaceAll('\n', lineEnd));

    it(`gives the same events wherever a stream with ${name} line ends is cut in two`, () => {
      for (let at = 0; at <= bytes.length; at += 1) expect(read(cutAt(bytes, at))).toEqual(EXPECTED);
    });

    it(`gives the same events for a stream with ${name} line ends that comes byte by byte`, () => {
      expect(read(cutEverywhere(bytes))).toEqual(EXPECTED);
    });
  }

  it('gives the same events for any cuts and any mixture of line ends', () => {
    const lines = STREAM.split('\n');
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\n', '\r\n', '\r'), { minLength: lines.length, maxLength: lines.length }),
        fc.array(fc.nat(200), { maxLength: 12 }),
        (ends, sizes) => {
          const text = lines.map((line, index) => line + (ends[index] ?? '')).join('');
          const bytes = Buffer.from(text);
          const chunks: Buffer[] = [];
          let at = 0;
          for (const size of sizes) {
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          chunks.push(bytes.subarray(at));
          expect(read(chunks)).toEqual(read([bytes]));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads a last frame whose empty line is missing', () => {
    expect(read([Buffer.from('data: [DONE]')])).toEqual([{ event: null, data: '[DONE]' }]);
  });

  it('refuses a frame beyond its bound instead of holding it', () => {
    const reader = new SseFrameReader(64);
    reader.push(Buffer.from('data: ok\n\n'));
    expect(() => reader.push(Buffer.alloc(65, 'x'))).toThrow(UpstreamFormatError);
  });
});
