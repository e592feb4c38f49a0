import fc from 'fast-check';
import { splitText } from './split-text.js';
import { countTokens } from './token-encoders.js';

const LIMITS = { maxRun: 64, maxSegment: 16 };
const ENCODINGS = ['o200k_base', 'cl100k_base'] as const;

const words = fc.constantFrom(
  'the', 'Tokens', "it's", "WE'LL", '12345', '3.14', 'naïve', 'Straße', 'данные', '数据', '、', '。', '한국어', 'ไทย',
  'a\u0301', '👍🏽', '🏳️‍🌈', '--', '...', '{"k":', '}', '//', '/\n', '\n', '\r\n', '\n\n', '\t', ' ', '  ', '    ', '\u00a0',
  "'", '"', '_x', '#', 'fooBarBaz', 'x1y2', '½', '٣', '<|endoftext|>', '\u200b', '\ufeff', '’s', 'ſ',
); // prettier-ignore
const prose = fc.array(words, { minLength: 0, maxLength: 60 }).map((parts) => parts.join(''));

function countSegments(encoding: (typeof ENCODINGS)[number], segments: string[]): number {
  return segments.reduce((sum, segment) => sum + countTokens(encoding, segment), 0);
}

describe('splitText', () => {
  it.each(ENCODINGS)(
    'cuts where a pre-token of %s ends anyway, so that the segments have the tokens of the text',
    (encoding) => {
      const limits = { maxRun: 1_000, maxSegment: 4 };
      let cuts = 0;
      fc.assert(
        fc.property(prose, (text) => {
          // A first cut is only made in texts that are longer than a run.
          const padded = `${'word '.repeat(200)}${text}`;
          const segments = splitText(padded, limits);
          cuts += segments.length;
          expect(segments.join('')).toBe(padded);
          expect(countSegments(encoding, segments)).toBe(countTokens(encoding, padded));
        }),
        { numRuns: 300 },
      );
      expect(cuts).toBeGreaterThan(300 * 100);
    },
  );

  it('gives back the text in pieces, none empty, none with half a surrogate pair at its edges', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const segments = splitText(text, LIMITS);
        expect(segments.join('')).toBe(text);
        expect(segments.every((segment) => segment.isWellFormed() && (segment !== '' || text === ''))).toBe(
          true,
        );
      }),
    );
  });

  it.each(['a', ' ', '\n', '!', '的', '👍🏽', '\n/', 'a\u0301', 'ก', '\u200b'])(
    'leaves no stretch of %j longer than allowed',
    (unit) => {
      const segments = splitText(unit.repeat(10_000), LIMITS);
      expect(Math.max(...segments.map(({ length }) => length))).toBeLessThanOrEqual(LIMITS.maxRun + 1);
    },
  );

  it('leaves texts alone that are shorter than a run', () => {
    expect(splitText('a'.repeat(256))).toHaveLength(1);
    expect(splitText('a'.repeat(257))).toHaveLength(2);
  });

  it('does not cut everyday text of less than a segment', () => {
    const text =
      'Der schnelle braune Fuchs springt über den faulen Hund; 敏捷的棕色狐狸跳过了懒狗，然后走了。 '.repeat(
        50,
      );
    expect(splitText(text)).toHaveLength(1);
  });
});
