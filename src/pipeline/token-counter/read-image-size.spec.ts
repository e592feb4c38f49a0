import fc from 'fast-check';
import { readImageSize } from './read-image-size.js';

const encode = (...parts: (string | number[])[]): string =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  ).toString('base64');

const PADDING = new Array<number>(40).fill(0);
const PNG = encode([0x89], 'PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 2, 128, 0, 0, 1, 224], PADDING);
const GIF = encode('GIF89a', [128, 2, 224, 1], PADDING);
const WEBP_LOSSY = encode(
  'RIFF',
  [0, 0, 0, 0],
  'WEBPVP8 ',
  [0, 0, 0, 0, 0, 0, 0, 0x9d, 0x01, 0x2a, 128, 2, 224, 1],
  PADDING,
);
const WEBP_LOSSLESS = encode(
  'RIFF',
  [0, 0, 0, 0],
  'WEBPVP8L',
  [0, 0, 0, 0, 0x2f, 0x7f, 0xc2, 0x77, 0x00],
  PADDING,
);
const WEBP_EXTENDED = encode(
  'RIFF',
  [0, 0, 0, 0],
  'WEBPVP8X',
  [10, 0, 0, 0, 0, 0, 0, 0, 127, 2, 0, 223, 1, 0],
  PADDING,
);
const APP_SEGMENT = [0xff, 0xe1, 0x10, 0x00, ...new Array<number>(0x1000 - 2).fill(7)];
const FRAME = [0xff, 0xc2, 0, 17, 8, 1, 224, 2, 128, 3];
const JPEG = encode([0xff, 0xd8], APP_SEGMENT, [0xff, 0xc4, 0, 4, 0, 0], FRAME, PADDING);

describe('readImageSize', () => {
  it.each([
    ['PNG', PNG],
    ['GIF', GIF],
    ['lossy WebP', WEBP_LOSSY],
    ['lossless WebP', WEBP_LOSSLESS],
    ['extended WebP', WEBP_EXTENDED],
    ['JPEG behind metadata and tables', JPEG],
  ])('reads the size of a %s', (_name, base64) => {
    expect(readImageSize(base64)).toEqual({ width: 640, height: 480 });
  });

  it.each([
    ['nothing', ''],
    ['text', encode('hello '.repeat(20))],
    ['a PNG without pixels', encode([0x89], 'PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', PADDING)],
    ['a JPEG that ends before its frame', encode([0xff, 0xd8], APP_SEGMENT)],
    ['a JPEG with a segment of no length', encode([0xff, 0xd8], [0xff, 0xe1, 0, 0], PADDING)],
  ])('gives null for %s', (_name, base64) => {
    expect(readImageSize(base64)).toBeNull();
  });

  it('never throws, whatever the bytes are', () => {
    const heads = fc
      .constantFrom(PNG, GIF, WEBP_LOSSY, WEBP_LOSSLESS, JPEG, '')
      .map((base64) => Buffer.from(base64, 'base64'));
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 60 }), (head, tail, cut) => {
        const bytes = Buffer.concat([head.subarray(0, cut), tail]);
        readImageSize(bytes.toString('base64'));
        readImageSize(bytes.toString('latin1'));
      }),
      { numRuns: 500 },
    );
  });
});
