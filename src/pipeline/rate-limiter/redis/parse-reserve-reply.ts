import type { EntryState, QuotaEntry, ReserveRequest, ReserveResult } from '../quota-store.port.js';

type Value = number | string;

/** Makes a result of what RESERVE_LUA answered; see there for its form. */
export function parseReserveReply(
  reply: unknown,
  request: ReserveRequest,
  cached: Buffer | null,
): ReserveResult {
  const values = reply as Value[];
  switch (values[0]) {
    case 0:
      return {
        outcome: 'reserved',
        reservedAtMs: Number(values[1]),
        states: parseStates(values, 2, request),
        cached,
      };
    case 1: {
      const refused = Number(values[1]);
      const entry = request.entries[refused] as QuotaEntry;
      const retryAfterMs = entry.kind === 'budget' ? findPeriodLeftMs(entry, request) : Number(values[2]);
      return { outcome: 'refused', refused, retryAfterMs, states: parseStates(values, 3, request), cached };
    }
    case 2:
      return { outcome: 'uninitialised', missing: values.slice(1).map(Number), cached };
    default:
      throw new Error('The quota script answered in an unknown form');
  }
}

function parseStates(values: readonly Value[], from: number, request: ReserveRequest): EntryState[] {
  const states: EntryState[] = [];
  for (const entry of request.entries) {
    const at = from + 2 * states.length;
    if (entry.kind === 'budget')
      states.push(parseBudgetState(values[at], values[at + 1] === 1, entry, request));
    else states.push({ remaining: BigInt(values[at] ?? 0), resetMs: Number(values[at + 1]) });
  }
  return states;
}

type BudgetEntry = Extract<QuotaEntry, { kind: 'budget' }>;

function parseBudgetState(
  spentBefore: Value | undefined,
  wasAdded: boolean,
  entry: BudgetEntry,
  request: ReserveRequest,
): EntryState {
  const remaining = entry.limit - BigInt(spentBefore ?? 0) - (wasAdded ? entry.amount : 0n);
  return { remaining: remaining > 0n ? remaining : 0n, resetMs: findPeriodLeftMs(entry, request) };
}

function findPeriodLeftMs({ periodEndsAtMs }: BudgetEntry, { nowMs }: ReserveRequest): number {
  return Math.max(0, periodEndsAtMs - nowMs);
}
