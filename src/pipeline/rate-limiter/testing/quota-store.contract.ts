import fc from 'fast-check';
import type { QuotaEntry, QuotaStore } from '../quota-store.port.js';
import { checkAgainstReference, command } from './quota-store.model.js';
import { budget, LEASE_MS, QuotaSubjectUnderTest, remainingOf, requests, slots } from './quota-subject.js';

export interface QuotaStoreContractOptions {
  create: () => QuotaStore;
  runs: number;
}

/** The guarantees of QuotaStore, for every implementation. */
export function describeQuotaStoreContract(name: string, { create, runs }: QuotaStoreContractOptions): void {
  const setUp = (): QuotaSubjectUnderTest => new QuotaSubjectUnderTest(create());

  describe(`${name} as a quota store`, () => {
    it('refuses the 11th request of a 10-per-minute window and admits it when the first has left', async () => {
      const subject = setUp();
      for (let index = 0; index < 10; index += 1) await subject.reserve(`a${index}`, [requests(10)]);
      const refused = await subject.reserve('b', [requests(10)]);
      expect(refused).toMatchObject({ outcome: 'refused', refused: 0 });
      const { retryAfterMs } = refused as { retryAfterMs: number };
      subject.nowMs += retryAfterMs - 1;
      expect(await subject.reserve('c', [requests(10)])).toMatchObject({ outcome: 'refused' });
      subject.nowMs += 1;
      expect(await subject.reserve('d', [requests(10)])).toMatchObject({ outcome: 'reserved' });
      expect(retryAfterMs).toBeGreaterThanOrEqual(60_000);
      expect(retryAfterMs).toBeLessThanOrEqual(62_000);
    });

    it('reserves nothing at all when one entry does not fit', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 90n);
      const refused = await subject.reserve('a', [requests(5), slots(5), budget(100n, 11n)]);
      expect(refused).toMatchObject({ outcome: 'refused', refused: 2 });
      expect(remainingOf(await subject.reserve('b', [requests(5), slots(5), budget(100n, 10n)]))).toEqual([
        4, 4, 0,
      ]);
    });

    it('counts a reservation that is executed twice once', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 0n);
      const entries = [requests(5, 2), slots(5), budget(100n, 60n)];
      const first = await subject.reserve('a', entries);
      expect(remainingOf(await subject.reserve('a', entries))).toEqual(remainingOf(first));
      expect(remainingOf(first)).toEqual([3, 4, 40]);
    });

    it('gives back what was not used and changes nothing when it settles twice', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 0n);
      const entries = [requests(100, 50), slots(1), budget(1_000n, 800n)];
      await subject.reserve('a', entries);
      await subject.settle('a', [20n, 0n, 300n]);
      await subject.settle('a', [0n, 0n, 0n]);
      expect(
        remainingOf(await subject.reserve('b', [requests(100, 0), slots(1), budget(1_000n, 0n)])),
      ).toEqual([80, 0, 700]);
    });

    it('books what was used above the limit, so that the next request is refused', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 0n);
      await subject.reserve('a', [budget(100n, 50n), requests(100, 50)]);
      await subject.settle('a', [101n, 150n]);
      expect(await subject.reserve('b', [budget(100n, 0n)])).toMatchObject({ outcome: 'refused' });
      expect(await subject.reserve('b', [requests(100, 0)])).toMatchObject({ outcome: 'refused' });
    });

    it('books the excess of a request that outlived its window', async () => {
      const subject = setUp();
      await subject.reserve('a', [{ ...requests(100, 50), windowMs: 60_000 } as QuotaEntry]);
      subject.nowMs += 300_000;
      const entry = { ...requests(100, 1), windowMs: 60_000 } as QuotaEntry;
      for (let index = 0; index < 5; index += 1) await subject.reserve(`other${index}`, [slots(9)]);
      await subject.settle('a', [150n]);
      expect(await subject.reserve('b', [entry])).toMatchObject({ outcome: 'refused' });
    });

    it('frees slots and budget when a lease ends, and still books a settlement that comes late', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 0n);
      const entries = [slots(1), budget(100n, 100n)];
      await subject.reserve('a', entries);
      subject.nowMs += LEASE_MS - 1;
      expect(await subject.reserve('b', entries)).toMatchObject({ outcome: 'refused', refused: 0 });
      subject.nowMs += 1;
      expect(await subject.reserve('c', [slots(1), budget(100n, 40n)])).toMatchObject({
        outcome: 'reserved',
      });
      await subject.settle('a', [1n, 30n]);
      expect(remainingOf(await subject.reserve('d', [budget(100n, 0n)]))).toEqual([30]);
    });

    it('keeps a lease that is renewed, and revives none that has ended', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 0n);
      const entries = [slots(1), budget(100n, 100n)];
      await subject.reserve('a', entries);
      subject.nowMs += LEASE_MS - 1;
      await subject.renew('a');
      subject.nowMs += LEASE_MS - 1;
      expect(await subject.reserve('b', entries)).toMatchObject({ outcome: 'refused' });
      subject.nowMs += 1;
      await subject.renew('a');
      expect(await subject.reserve('c', entries)).toMatchObject({ outcome: 'reserved' });
    });

    it('never refuses by a soft budget, but counts it', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 0n);
      await subject.reserve('a', [budget(100n, 250n, false)]);
      expect(remainingOf(await subject.reserve('b', [budget(1_000n, 50n, false)]))).toEqual([700]);
    });

    it('asks for the budgets it does not know and counts nothing until then', async () => {
      const subject = setUp();
      const entries = [slots(1), budget(100n, 10n)];
      expect(await subject.reserve('a', entries)).toEqual({
        outcome: 'uninitialised',
        missing: [1],
        cached: null,
      });
      await subject.initialise('bd:1', 70n);
      await subject.initialise('bd:1', 0n);
      expect(remainingOf(await subject.reserve('a', entries))).toEqual([0, 20]);
      expect(await subject.store.findBudgetSpent(subject.tenantId, 'bd:1')).toBe(80n);
      expect(await subject.store.findBudgetSpent(subject.tenantId, 'bd:2')).toBeNull();
    });

    it.each([9_007_199_254_740_993n, 9_200_000_000_000_000_000n])(
      'is exact to the nano-USD at %d',
      async (limit) => {
        const subject = setUp();
        await subject.initialise('bd:1', limit - 3n);
        expect(await subject.reserve('a', [budget(limit, 4n)])).toMatchObject({ outcome: 'refused' });
        expect(await subject.reserve('b', [budget(limit, 2n)])).toMatchObject({ outcome: 'reserved' });
        expect(await subject.reserve('c', [budget(limit, 2n)])).toMatchObject({ outcome: 'refused' });
        await subject.settle('b', [1n]);
        expect(await subject.store.findBudgetSpent(subject.tenantId, 'bd:1')).toBe(limit - 2n);
      },
    );

    it('counts no soft budget beyond 9.2 billion USD', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 9_199_999_999_999_999_999n);
      expect(await subject.reserve('a', [budget(10n, 2n, false)])).toMatchObject({ outcome: 'refused' });
      expect(await subject.reserve('b', [budget(10n, 1n, false)])).toMatchObject({ outcome: 'reserved' });
    });

    it('lets tenants have the same keys without seeing each other', async () => {
      const store = create();
      const [one, other] = [new QuotaSubjectUnderTest(store), new QuotaSubjectUnderTest(store)];
      await one.reserve('a', [requests(1)]);
      expect(await other.reserve('b', [requests(1)])).toMatchObject({ outcome: 'reserved' });
      expect(await one.reserve('c', [requests(1)])).toMatchObject({ outcome: 'refused' });
    });

    it('never overspends when requests run at the same time', async () => {
      const subject = setUp();
      await subject.initialise('bd:1', 0n);
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, index) => subject.reserve(`r${index}`, [budget(1_000n, 30n)])),
      );
      expect(results.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(33);
    });

    it('agrees with a simple reference over random reserves, settlements and time', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (commands) => {
          await checkAgainstReference(new QuotaSubjectUnderTest(create()), commands);
        }),
        { numRuns: runs },
      );
    });
  });
}
