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
    'takes less than 10 microseconds a byte for nothing but %j, in pieces',
    (unit) => {
      const text = unit.repeat(Math.ceil(60_000 / unit.length));
      const startedMs = performance.now();
      for (const segment of splitText(text)) countTokens('o200k_base', segment);
      const microsPerByte = ((performance.now() - startedMs) * 1_000) / Buffer.byteLength(text);
      expect(microsPerByte).toBeLessThan(10);
    },
  );
});
