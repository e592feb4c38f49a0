import fc from 'fast-check';
import { selectProvider } from './select-provider.js';
import type { Candidate } from './upstream-execution.js';

function createCandidate(id: string, priority: number, weight: number): Candidate {
  return { deployment: { id, priority, weight }, provider: { id } } as unknown as Candidate;
}

function order(
  candidates: Candidate[],
  strategy: 'priority' | 'weighted',
  random: () => number,
  sick: string[] = [],
): string[] {
  const isHealthy = ({ deployment }: Candidate): boolean => !sick.includes(deployment.id);
  return selectProvider({ candidates, strategy, random, isHealthy }).map(({ deployment }) => deployment.id);
}

const A = createCandidate('a', 0, 1);
const B = createCandidate('b', 0, 3);
const C = createCandidate('c', 1, 100);

describe('selectProvider', () => {
  it('orders by priority first whatever the weights are', () => {
    for (const random of [0, 0.3, 0.6, 0.999])
      expect(order([C, B, A], 'priority', () => random)[2]).toBe('c');
  });

  it('chooses among equals by weight', () => {
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let firstB = 0;
    for (let round = 0; round < 4_000; round++) if (order([A, B], 'weighted', random)[0] === 'b') firstB += 1;
    expect(firstB / 4_000).toBeCloseTo(0.75, 1);
  });

  it('puts unhealthy candidates last, however they are preferred', () => {
    expect(order([A, B, C], 'priority', () => 0, ['a', 'b'])).toEqual(['c', 'a', 'b']);
  });

  it('gives a weight of 0 no traffic of its own', () => {
    const idle = createCandidate('idle', 0, 0);
    for (const random of [0, 0.5, 0.999])
      expect(order([idle, A], 'weighted', () => random)).toEqual(['a', 'idle']);
  });

  it('names every candidate exactly once', () => {
    const candidate = fc.record({ priority: fc.nat(3), weight: fc.nat(5), sick: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(candidate, { maxLength: 8 }),
        fc.constantFrom('priority' as const, 'weighted' as const),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (rows, strategy, random) => {
          const candidates = rows.map(({ priority, weight }, index) =>
            createCandidate(String(index), priority, weight),
          );
          const sick = rows.flatMap((row, index) => (row.sick ? [String(index)] : []));
          const ids = order(candidates, strategy, () => random, sick);
          expect([...ids].sort()).toEqual(rows.map((_row, index) => String(index)).sort());
        },
      ),
    );
  });
});
