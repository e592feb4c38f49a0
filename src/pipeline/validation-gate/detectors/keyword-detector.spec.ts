import fc from 'fast-check';
import type { TextSpan } from '../detector.port.js';
import { mergeNaively } from '../testing/merge-naively.js';
import { KeywordDetector } from './keyword-detector.js';

const find = (keywords: string[], text: string, isWholeWord = false) =>
  new KeywordDetector(keywords, isWholeWord)
    .findMatches(text)
    .map(({ start, end }) => text.slice(start, end));

const unit = fc.constantFrom('a', 'B', 'b', 'A', ' ', '_', '1', 'É', 'é', 'Σ', 'ς', '-');
const word = fc.string({ unit, minLength: 1, maxLength: 4 });

describe('keyword detector', () => {
  it.each([false, true])(
    'finds what trying each word at each place finds (whole words: %s)',
    (isWholeWord) => {
      fc.assert(
        fc.property(
          fc.array(word, { minLength: 1, maxLength: 6 }),
          fc.string({ unit, maxLength: 40 }),
          (words, text) => {
            const expected = findNaively(words, text, isWholeWord);
            expect(new KeywordDetector(words, isWholeWord).findMatches(text)).toEqual(expected);
          },
        ),
        { numRuns: 500 },
      );
    },
  );

  it('ignores case, also beyond ASCII', () => {
    expect(find(['straßenplan', 'ÅNGSTRÖM', 'ΟΔΟΣ'], 'Straßenplan, ångström, οδος, οδός')).toEqual([
      'Straßenplan',
      'ångström',
      'οδος',
    ]);
  });

  it('leaves out parts of words when whole words are asked for', () => {
    expect(find(['cat'], 'cat concatenate cat’s cat_1 cat7 (CAT) kočat', true)).toEqual([
      'cat',
      'cat',
      'CAT',
    ]);
  });

  it('finds a whole word behind a line break that is written as an escape', () => {
    expect(find(['cat'], JSON.stringify('one\ncat\ttwo'), true)).toEqual(['cat']);
    expect(find(['cat'], 'ncat', true)).toEqual([]);
  });

  it('takes overlapping matches as one', () => {
    expect(find(['new york', 'york city'], 'New York City')).toEqual(['New York City']);
  });
});

function findNaively(words: readonly string[], text: string, isWholeWord: boolean): TextSpan[] {
  const fold = (value: string) =>
    Array.from(value, (letter) => letter.toUpperCase().toLowerCase().replace('ς', 'σ')).join('');
  const covered: TextSpan[] = [];
  for (const word of words) {
    for (let start = 0; start + word.length <= text.length; start++) {
      const end = start + word.length;
      if (fold(text.slice(start, end)) !== fold(word)) continue;
      if (isWholeWord && (isCut(text, start) || isCut(text, end))) continue;
      covered.push({ start, end });
    }
  }
  return mergeNaively(covered);
}

function isCut(text: string, position: number): boolean {
  const isLetter = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{M}\p{N}_]/u.test(letter);
  return isLetter(text[position - 1]) && isLetter(text[position]);
}
