import fc from 'fast-check';
import { createId, type TenantId } from '../../../common/ids.js';
import type { QuotaEntry, QuotaStore, ReserveResult } from '../quota-store.port.js';
import { ReferenceQuotas } from './reference-quotas.js';

const START_MS = Date.UTC(2026, 0, 15, 12);
const LEASE_MS = 20_000;
/** Far away: Redis forgets budget counters by the real clock. */
const PERIOD_ENDS_AT_MS = Date.UTC(2100, 0, 1);

export interface QuotaStoreContractOptions {
  create: () => QuotaStore;
  runs: number;
}

/** A tenant of its own at a store, with a clock in its hand. */
export class QuotaSubjectUnderTest {
  readonly tenantId = createId<TenantId>();
  nowMs = START_MS;
  private readonly reservedAt = new Map<string, { entries: readonly QuotaEntry[]; reservedAtMs: number }>();

  constructor(
    readonly store: QuotaStore,
    private readonly leaseMs = LEASE_MS,
  ) {}

  async reserve(id: string, entries: readonly QuotaEntry[]): Promise<ReserveResult> {
    const { tenantId, nowMs, leaseMs } = this;
    const request = {
      tenantId,
      reservationId: id,
      nowMs,
      entries,
      leaseMs,
      cacheKey: null,
      fallback: 'local' as const,
    };
    const result = await this.store.reserve(request);
    if (result.outcome === 'reserved')
      this.reservedAt.set(id, { entries, reservedAtMs: result.reservedAtMs });
    return result;
  }

  async settle(id: string, actual: readonly bigint[]): Promise<void> {
    const made = this.reservedAt.get(id);
    if (made === undefined) return;
    const { tenantId, nowMs, leaseMs } = this;
    await this.store.settle({ tenantId, reservationId: id, nowMs, leaseMs, ...made, actual });
  }

  async renew(id: string): Promise<void> {
    const made = this.reservedAt.get(id);
    if (made === undefined) return;
    const { tenantId, nowMs, leaseMs } = this;
    await this.store.renew({ tenantId, reservationId: id, nowMs, leaseMs, entries: made.entries });
  }

  async initialise(key: string, spent: bigint): Promise<void> {
    const { tenantId, nowMs } = this;
    const start = { tenantId, key, spent, periodEndsAtMs: PERIOD_ENDS_AT_MS, nowMs, readAgoMs: 0 };
    await this.store.initialiseBudget(start);
  }
}

export const requests = (limit: number, amount = 1): QuotaEntry => ({
  kind: 'window',
  key: 'rl:1',
  limit,
  windowMs: 60_000,
  amount,
});

export const slots = (limit: number): QuotaEntry => ({ kind: 'concurrency', key: 'rl:2', limit });

export const budget = (limit: bigint, amount: bigint, hard = true): QuotaEntry => ({
  kind: 'budget',
  key: 'bd:1',
  limit,
  amount,
  periodEndsAtMs: PERIOD_ENDS_AT_MS,
  hard,
});

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
      await subject.reserve('a', [{ ...requests(100, 50), windowMs: 1_000 } as QuotaEntry]);
      subject.nowMs += 5_000;
      const entry = { ...requests(100, 1), windowMs: 1_000 } as QuotaEntry;
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
      await subject.settle('a', [0n, 30n]);
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

function remainingOf(result: ReserveResult): number[] {
  if (result.outcome !== 'reserved' && result.outcome !== 'refused')
    throw new Error(`The store said ${result.outcome}`);
  return result.states.map(({ remaining }) => Number(remaining));
}

type Command =
  | { type: 'wait'; milliseconds: number }
  | { type: 'reserve'; id: number; entries: QuotaEntry[] }
  | { type: 'settle'; id: number; actual: number[] }
  | { type: 'renew'; id: number }
  | { type: 'initialise'; key: string; spent: number };

const small = fc.integer({ min: 0, max: 12 });
const limit = fc.integer({ min: 1, max: 20 });

const entry: fc.Arbitrary<QuotaEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('window' as const),
    key: fc.constant('rl:short'),
    limit,
    windowMs: fc.constant(1_000),
    amount: small,
  }),
  fc.record({
    kind: fc.constant('window' as const),
    key: fc.constant('rl:long'),
    limit,
    windowMs: fc.constant(10_000),
    amount: small,
  }),
  fc.record({
    kind: fc.constant('concurrency' as const),
    key: fc.constant('rl:slots'),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    kind: fc.constant('budget' as const),
    key: fc.constantFrom('bd:a', 'bd:b'),
    limit: limit.map(BigInt),
    amount: small.map(BigInt),
    periodEndsAtMs: fc.constant(PERIOD_ENDS_AT_MS),
    hard: fc.constant(true),
  }),
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), milliseconds: waitTime() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('reserve' as const),
      id: fc.nat(9),
      entries: fc.uniqueArray(entry, { selector: ({ key }) => key, minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('settle' as const),
      id: fc.nat(9),
      actual: fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 4, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('renew' as const), id: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('initialise' as const),
      key: fc.constantFrom('bd:a', 'bd:b'),
      spent: fc.nat(10),
    }),
  },
);

function waitTime(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 1, max: 1_100 }),
    fc.integer({ min: 1, max: 30_000 }),
    fc.integer({ min: 1, max: 5_000_000 }),
  );
}

/** Ids are used again only after they were settled, as request ids are. */
async function checkAgainstReference(
  subject: QuotaSubjectUnderTest,
  commands: readonly Command[],
): Promise<void> {
  const reference = new ReferenceQuotas(subject.nowMs, LEASE_MS);
  const open = new Map<number, string>();
  let made = 0;
  for (const step of commands) {
    switch (step.type) {
      case 'wait':
        subject.nowMs += step.milliseconds;
        reference.nowMs = subject.nowMs;
        break;
      case 'reserve': {
        const id = open.get(step.id) ?? `request-${(made += 1)}`;
        if (open.has(step.id)) break;
        const expected = reference.reserve(id, step.entries);
        const result = await subject.reserve(id, step.entries);
        expect(simplify(result)).toEqual(expected);
        if (result.outcome === 'reserved') open.set(step.id, id);
        break;
      }
      case 'settle': {
        const id = open.get(step.id);
        if (id === undefined) break;
        const actual = step.actual.map(BigInt);
        for (let repeat = 0; repeat < 2; repeat += 1) {
          reference.settle(id, actual);
          await subject.settle(id, actual);
        }
        open.delete(step.id);
        break;
      }
      case 'renew': {
        const id = open.get(step.id);
        if (id === undefined) break;
        reference.renew(id);
        await subject.renew(id);
        break;
      }
      case 'initialise':
        reference.initialise(step.key, step.spent);
        await subject.initialise(step.key, BigInt(step.spent));
    }
  }
}

function simplify(result: ReserveResult): unknown {
  switch (result.outcome) {
    case 'reserved':
      return { outcome: 'reserved', remaining: remainingOf(result) };
    case 'refused':
      return { outcome: 'refused', refused: result.refused, remaining: remainingOf(result) };
    default:
      return { outcome: result.outcome, missing: result.outcome === 'uninitialised' ? result.missing : [] };
  }
}
