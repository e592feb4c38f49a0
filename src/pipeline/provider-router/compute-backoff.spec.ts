import { computeBackoff } from './compute-backoff.js';

describe('computeBackoff', () => {
  const settings = { baseMs: 100, maxMs: 1_000, maxRetryAfterMs: 500 };

  it('spreads evenly below a ceiling that doubles up to its bound', () => {
    const ceilings = [1, 2, 3, 4, 5, 6].map((round) => computeBackoff(round, 0, () => 0.9999999, settings));
    expect(ceilings).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(computeBackoff(3, 0, () => 0, settings)).toBe(0);
  });

  it('never comes sooner than the upstream asked, and gives up when that is too long', () => {
    expect(computeBackoff(1, 400, () => 0, settings)).toBe(400);
    expect(computeBackoff(1, 501, () => 0, settings)).toBeNull();
  });
});
