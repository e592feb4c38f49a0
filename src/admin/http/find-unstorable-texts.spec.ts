import { findUnstorableTexts } from './find-unstorable-texts.js';

it('finds NUL and lone surrogates at any depth', () => {
  const input = { a: 'fine \u{1f600}', b: ['x\u0000', { c: '\ud800' }], d: 1, e: null };
  expect(findUnstorableTexts(input)).toEqual([
    ['b', 0],
    ['b', 1, 'c'],
  ]);
});

it('names the object of a member whose name is unstorable, not the name', () => {
  expect(findUnstorableTexts({ tags: { 'a\u0000': 'b' } })).toEqual([['tags']]);
});

it('accepts control characters that can be stored', () => {
  expect(findUnstorableTexts('\t\r\n\u001f\u007f')).toEqual([]);
});
