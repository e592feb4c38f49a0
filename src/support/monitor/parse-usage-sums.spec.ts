import fc from 'fast-check';
import { parseUsageSums } from './parse-usage-sums.js';
import { USAGE_MEASURES } from './usage-measures.js';

describe('parseUsageSums', () => {
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
        expect(parseUsageSums(values.join(' '))).toEqual(expected);
      }),
    );
  });
});
