import type { QuotaEntry } from './quota-store.port.js';
import { shareEntries } from './share-entries.js';

const budget = (limit: bigint): QuotaEntry => ({
  kind: 'budget',
  key: 'b',
  limit,
  amount: 0n,
  periodEndsAtMs: 0,
  hard: true,
});

describe('shareEntries', () => {
  it('divides limits by the number of processes, down to 1', () => {
    const entries: QuotaEntry[] = [
      { kind: 'window', key: 'w', limit: 10, windowMs: 1, amount: 1 },
      { kind: 'concurrency', key: 'c', limit: 2 },
    ];
    expect(shareEntries(entries, 3, () => null).map(({ limit }) => limit)).toEqual([3, 1]);
  });

  it('divides what is left of a budget', () => {
    const share = (base: bigint | null) => shareEntries([budget(100n)], 4, () => base)[0]?.limit;
    expect([share(60n), share(100n), share(130n), share(null)]).toEqual([70n, 100n, 100n, 100n]);
  });
});
