import fc from 'fast-check';
import { isAllowedName, matchesPattern } from './match-pattern.js';

describe('matchesPattern', () => {
  it.each([
    ['gpt-4o', 'gpt-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['gpt-*', 'gpt-4o-mini', true],
    ['*-mini', 'gpt-4o-mini', true],
    ['gpt*mini', 'gptmini', true],
    ['ab*ba', 'aba', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['*', '', true],
  ])('%s against %s is %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it('agrees with an anchored regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(text, name, (pattern, candidate) => {
        const oracle = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(candidate);
        expect(matchesPattern(pattern, candidate)).toBe(oracle);
      }),
    );
  });

  it('allows every name when the list is empty', () => {
    expect(isAllowedName([], 'anything')).toBe(true);
    expect(isAllowedName(['gpt-*'], 'claude')).toBe(false);
  });
});
