import fc from 'fast-check';
import { AhoCorasick } from './aho-corasick.js';

/** Few letters, so that words overlap and contain each other; three of them beyond ASCII, with shared bytes. */
const unit = fc.constantFrom('a', 'b', 'c', 'ä', '\u00e4', '\u01e4', '語');
const word = fc.string({ unit, minLength: 1, maxLength: 5 });

describe('Aho-Corasick automaton', () => {
  it('visits every occurrence of every word, in the order of their ends, longest first', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 8 }),
        fc.string({ unit, maxLength: 40 }),
        (words, text) => {
          const visits: [string, number][] = [];
          new AhoCorasick(words, { foldUnit: null }).scan(text, (index, end) =>
            visits.push([words[index] ?? '', end]),
          );
          expect(visits).toEqual(listOccurrences(words, text));
        },
      ),
    );
  });

  it('does not take the second byte of a letter for the first of another', () => {
    const found: number[] = [];
    new AhoCorasick(['\u4142'], { foldUnit: null }).scan('\u4141\u4242\u4241', (_, end) => found.push(end));
    expect(found).toEqual([]);
  });
});

function listOccurrences(words: readonly string[], text: string): [string, number][] {
  const found: [string, number][] = [];
  for (let end = 1; end <= text.length; end++) {
    const here = words
      .filter((word) => text.slice(0, end).endsWith(word))
      .sort((a, b) => b.length - a.length);
    for (const word of here) found.push([word, end]);
  }
  return found;
}
