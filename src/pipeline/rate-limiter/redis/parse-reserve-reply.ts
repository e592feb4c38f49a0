import type { EntryState, QuotaEntry, ReserveRequest, ReserveResult } from '../quota-store.port.js';

/** Text is bytes where the cache was read too. */
type Value = number | string | Buffer | null;
type BudgetEntry = Extract<QuotaEntry, { kind: 'budget' }>;

/** Makes a result of what RESERVE_LUA answered; see there for its form. */
export function parseReserveReply(reply: unknown, request: ReserveRequest): ReserveResult {
  const values = reply as Value[];
  const cached = Buffer.isBuffer(values[1]) ? values[1] : null;
  switch (values[0]) {
    case 0:
      return {
        outcome: 'reserved',
        reservedAtMs: Number(values[2]),
        states: parseStates(values, 3, request),
        cached,
      };
    case 1: {
      const refused = Number(values[2]);
      const entry = request.entries[refused] as QuotaEntry;
      const retryAfterMs = entry.kind === 'budget' ? findPeriodLeftMs(entry, request) : Number(values[3]);
      return { outcome: 'refused', refused, retryAfterMs, states: parseStates(values, 4, request), cached };
    }
    case 2:
      return { outcome: 'uninitialised', missing: values.slice(2).map(Number), cached };
    default:
      throw new Error('The quota script answered in an unknown form');
  }
}

function parseStates(values: readonly Value[], from: number, request: ReserveRequest): EntryState[] {
  const states: EntryState[] = [];
  for (const entry of request.entries) {
    const at = from + 2 * states.length;
    if (entry.kind === 'budget') states.push(parseBudgetState(values, at, entry, request));
    else states.push({ remaining: parseAmount(values[at]), resetMs: Number(values[at + 1]) });
  }
  return states;
}

function parseBudgetState(
  values: readonly Value[],
  at: number,
  entry: BudgetEntry,
  request: ReserveRequest,
): EntryState {
  const wasAdded = values[at + 1] === 1;
  const used = parseAmount(values[at]) + (wasAdded ? entry.amount : 0n);
  const remaining = entry.limit - used;
  return { remaining: remaining > 0n ? remaining : 0n, resetMs: findPeriodLeftMs(entry, request), used };
}

function parseAmount(value: Value | undefined): bigint {
  return BigInt(typeof value === 'number' ? value : String(value));
}

function findPeriodLeftMs({ periodEndsAtMs }: BudgetEntry, { nowMs }: ReserveRequest): number {
  return Math.max(0, periodEndsAtMs - nowMs);
}
