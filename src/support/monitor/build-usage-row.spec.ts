import fc from 'fast-check';
import { buildUsageRow } from './build-usage-row.js';
import { USAGE_MEASURES } from './usage-measures.js';

describe('buildUsageRow', () => {
  it('reads every measure as Number and BigInt read it, of any size and sign', () => {
    const sum = fc.oneof(
      fc.bigInt({ min: 0n, max: 99_999n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: 0n, max: 10n ** 30n }),
    );
    const sums = fc.array(sum, { minLength: USAGE_MEASURES.length, maxLength: USAGE_MEASURES.length });
    fc.assert(
      fc.property(sums, (values) => {
        const expected = Object.fromEntries(
          USAGE_MEASURES.map(({ name }, index): [string, number | bigint] => {
            const value = values[index] ?? 0n;
            if (name === 'costNanoUsd') return [name, value];
            return name === 'durationUs' ? ['durationMs', Number(value) / 1_000] : [name, Number(value)];
          }),
        );
        const group = { model: 'gpt-4o' };
        expect(buildUsageRow(1_000, group, values.join(' '))).toEqual({ startMs: 1_000, group, ...expected });
      }),
    );
  });
});
