import fc from 'fast-check';
import { boundImageTokens, countImageTokens } from './count-image-tokens.js';
import { findImageRule, type ImageDetail } from './image-rules.js';

type Family = 'openai' | 'anthropic';

function count(model: string, width: number, height: number, detail: ImageDetail = 'high'): number {
  const family: Family = model.startsWith('claude') ? 'anthropic' : 'openai';
  return countImageTokens({ width, height }, findImageRule(model, family, detail));
}

describe('countImageTokens', () => {
  // Worked examples of the providers' own guides.
  it.each([
    ['gpt-4o', 1_024, 1_024, 765],
    ['gpt-4o', 2_048, 4_096, 1_105],
    ['gpt-4.1-mini', 1_024, 1_024, Math.ceil(1_024 * 1.62)],
    ['gpt-4.1-mini', 1_800, 2_400, Math.ceil(1_452 * 1.62)],
    ['claude-sonnet-4-5', 1_000, 1_000, 1_296],
    ['claude-sonnet-4-5', 1_092, 1_092, 1_521],
    ['claude-sonnet-4-5', 1_920, 1_080, 1_560],
    ['claude-opus-4-7', 1_920, 1_080, 2_691],
    ['claude-opus-5-5', 3_840, 2_160, 4_784],
    ['claude-opus-5-5', 3_024, 1_964, 4_760],
  ])('counts what the guide of %s says for %i x %i', (model, width, height, tokens) => {
    expect(count(model, width, height)).toBe(tokens);
  });

  it('counts the same for any size in low detail of a model that counts tiles', () => {
    expect([count('gpt-4o', 100, 100, 'low'), count('gpt-4o', 9_000, 9_000, 'low')]).toEqual([85, 85]);
    expect(count('gpt-4o-mini', 9_000, 9_000, 'low')).toBe(2_833);
  });

  it('scales nothing down for models that take images as they are, up to what they refuse', () => {
    expect(count('gpt-6.2-sol', 3_200, 960, 'auto')).toBe(3_600);
    expect(count('gpt-6.2-sol', 3_200, 960, 'high')).toBeLessThanOrEqual(3_000);
  });

  it('never exceeds the bound of its rule, whatever the size', () => {
    const models = [
      'gpt-4o',
      'gpt-4o-mini',
      'gpt-5',
      'o3',
      'o4-mini',
      'gpt-5-nano',
      'gpt-5.4',
      'gpt-6-sol',
      'x',
    ];
    const edge = fc.integer({ min: 1, max: 65_535 });
    const details = fc.constantFrom<ImageDetail>('low', 'high', 'auto', null);
    fc.assert(
      fc.property(
        edge,
        edge,
        details,
        fc.constantFrom(...models, 'claude-haiku-4-5', 'claude-fable-5'),
        (width, height, detail, model) => {
          const rule = findImageRule(model, model.startsWith('claude') ? 'anthropic' : 'openai', detail);
          const tokens = countImageTokens({ width, height }, rule);
          expect(tokens).toBeGreaterThan(0);
          expect(tokens).toBeLessThanOrEqual(boundImageTokens(rule));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
