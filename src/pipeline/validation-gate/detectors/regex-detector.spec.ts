import fc from 'fast-check';
import { RE2JS } from 're2js';
import type { TextSpan } from '../detector.port.js';
import { compileRegex } from './compile-regex.js';
import { RegexDetector } from './regex-detector.js';

const create = (pattern: string, isCaseInsensitive = false) =>
  new RegexDetector({ pattern, isCaseInsensitive });
const find = (pattern: string, text: string, isCaseInsensitive = false) =>
  create(pattern, isCaseInsensitive)
    .findMatches(text)
    .map(({ start, end }) => text.slice(start, end));

const PATTERNS = [
  'ab+c',
  '\\bfoo\\b',
  '[0-9]{3}-[0-9]{2}',
  '^a',
  'c$',
  '(a|bc)+',
  'a.c',
  '\\p{Lu}x',
  'é|語',
  'b\\b',
];

describe('regex detector', () => {
  it('finds what the engine finds in the whole text', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'c',
      'abc',
      'foo',
      ' ',
      '\n',
      '123-45',
      'Éx',
      'é',
      '語',
      '😀',
      '-',
    );
    const text = fc.array(piece, { maxLength: 300 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.constantFrom(...PATTERNS), text, (pattern, value) => {
        expect(create(pattern).findMatches(value)).toEqual(findWithEngine(pattern, value));
      }),
      { numRuns: 500 },
    );
  });

  it('finds a match that is longer than any window', () => {
    const long = `x BEGIN${'a'.repeat(5_000)}END BEGIN${'b'.repeat(300)}END`;
    expect(find('BEGIN[a-z]*END', long)).toEqual([
      `BEGIN${'a'.repeat(5_000)}END`,
      `BEGIN${'b'.repeat(300)}END`,
    ]);
  });

  it('ignores case when asked to', () => {
    expect(find('project-[a-z]+', 'PROJECT-Blue project-red', true)).toEqual(['PROJECT-Blue', 'project-red']);
    expect(find('project-[a-z]+', 'PROJECT-Blue project-red')).toEqual(['project-red']);
  });

  it('takes the rest of a text with ten thousand matches as one', () => {
    const spans = create('a').findMatches('a'.repeat(12_000));
    expect(spans).toHaveLength(10_000);
    expect(spans.at(-1)).toEqual({ start: 9_999, end: 12_000 });
  });
});

describe('regex compilation', () => {
  it.each([
    ['a look-ahead', '(?=a)b', /invalid or unsupported/],
    ['a back-reference', '(a)\\1', /invalid escape/],
    ['an open group', '(a', /missing closing/],
    ['a pattern that matches everywhere', 'a*', /empty text/],
    ['a program that is too large', '(?:[a-z]{50}[0-9]{50}){12}', /instructions/],
    ['a pattern that is too long', 'a'.repeat(1_001), /longer than 1000/],
  ])('refuses %s and says why', (_, pattern, problem) => {
    const compiled = compileRegex({ pattern, isCaseInsensitive: false });
    expect(compiled).toEqual({ regex: null, problem: expect.stringMatching(problem) });
    expect(() => create(pattern)).toThrow(problem);
  });
});

function findWithEngine(pattern: string, text: string): TextSpan[] {
  const matcher = RE2JS.compile(pattern).matcher(text);
  const spans: TextSpan[] = [];
  while (matcher.find()) spans.push({ start: matcher.start(), end: matcher.end() });
  return spans.filter(({ start, end }) => end > start);
}
