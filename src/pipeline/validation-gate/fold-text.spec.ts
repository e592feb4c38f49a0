import fc from 'fast-check';
import { foldText } from './fold-text.js';

const fold = (text: string) => foldText(text)?.text;
const TAGGED = Array.from('key', (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');

describe('text folding', () => {
  it.each([
    ['escapes of JSON inside JSON', '{"a":"\\u0061\\u0040b.cc"}', '{"a":"a@b.cc"}'],
    ['zero-width characters', 'se\u200bcr\u2060e\u00adt\ufeff', 'secret'],
    ['full-width characters', 'ｓｋ－１２＠', 'sk-12@'],
    ['uncommon spaces between digits', '4111\u00a01111\u202f1111', '4111 1111 1111'],
    ['uncommon dashes between digits', '4111–1111‑1111', '4111-1111-1111'],
    ['invisible tags', `ab${TAGGED}c`, 'abkeyc'],
  ])('sees through %s', (_, text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it.each([
    ['plain text', 'A text, with "quotes" – and \\n escapes \\d \\u12.'],
    ['letters of other scripts', 'Ünïcödé 語 Ελληνικά'],
    ['typography outside of numbers', 'pages – one\u00a0of 2 – 3'],
  ])('gives back nothing for %s', (_, text) => {
    expect(foldText(text)).toBeNull();
  });

  it('knows where each folded character stands in the original', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '1',
      '\u200b',
      '\\u0041',
      'Ａ',
      '\u00a0',
      '–',
      '\\',
      'u',
      '語',
      '\u{e0061}',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const folded = foldText(text);
        if (folded === null) return;
        for (let position = 0; position < folded.text.length; position++) {
          const original = text.slice(folded.locate(position), folded.locate(position + 1));
          const read = foldText(original)?.text ?? original;
          const between = foldText(`1${original}1`)?.text.slice(1, -1);
          expect([read, between]).toContain(folded.text[position]);
        }
      }),
    );
  });
});
