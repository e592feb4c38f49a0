import fc from 'fast-check';
import type { QuotaEntry, ReserveResult } from '../quota-store.port.js';
import { LEASE_MS, PERIOD_ENDS_AT_MS, type QuotaSubjectUnderTest, remainingOf } from './quota-subject.js';
import { ReferenceQuotas } from './reference-quotas.js';

/** What may happen to a store, in any order. */
export type Command =
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
    windowMs: fc.constant(60_000),
    amount: small,
  }),
  fc.record({
    kind: fc.constant('window' as const),
    key: fc.constant('rl:long'),
    limit,
    windowMs: fc.constant(600_000),
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

export const command: fc.Arbitrary<Command> = fc.oneof(
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
    fc.integer({ min: 1, max: 66_000 }),
    fc.integer({ min: 1, max: 30_000 }),
    fc.integer({ min: 1, max: 5_000_000 }),
  );
}

/** Ids are used again only after they were settled, as request ids are. */
export async function checkAgainstReference(
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
