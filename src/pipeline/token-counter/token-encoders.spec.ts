import { splitText } from './split-text.js';
import { countTokens } from './token-encoders.js';

describe('countTokens', () => {
  // As OpenAI's cookbook on counting tokens prints them.
  it.each([
    ['cl100k_base', 'tiktoken is great!', 6],
    ['cl100k_base', 'antidisestablishmentarianism', 6],
    ['cl100k_base', '2 + 2 = 4', 7],
    ['cl100k_base', 'お誕生日おめでとう', 9],
    ['o200k_base', '', 0],
    ['o200k_base', 'tiktoken is great!', 6],
    ['o200k_base', 'お誕生日おめでとう', 8],
  ] as const)('counts with %s in %j: %i', (encoding, text, tokens) => {
    expect(countTokens(encoding, text)).toBe(tokens);
  });

  it.each(['o200k_base', 'cl100k_base'] as const)(
    'takes special tokens of %s in a text as ordinary text',
    (encoding) => {
      for (const marker of ['<|endoftext|>', '<|endofprompt|>', '<|fim_prefix|>', '<|im_start|>']) {
        expect(countTokens(encoding, marker)).toBeGreaterThan(1);
      }
    },
  );

  it('counts halves of surrogate pairs instead of failing', () => {
    expect(countTokens('o200k_base', '\ud800 lone \udfff')).toBeGreaterThan(0);
  });

  it.each(['a', ' ', '\n', '!', '的', '👍🏽', '\n/', ' \t', 'a\u0301'])(
    'takes time in proportion to the length for nothing but %j, in pieces',
    (unit) => {
      // Without the pieces ten times the text would take a hundred times as long.
      expect(timePerUnit(unit, 60_000)).toBeLessThan(6 * timePerUnit(unit, 6_000));
    },
  );
});

/** The best of some runs: what else the machine does only adds to it. */
function timePerUnit(unit: string, length: number): number {
  const text = unit.repeat(Math.ceil(length / unit.length));
  const timesMs = Array.from({ length: 4 }, () => {
    const startedMs = performance.now();
    for (const segment of splitText(text)) countTokens('o200k_base', segment);
    return performance.now() - startedMs;
  });
  return Math.min(...timesMs) / length;
}
