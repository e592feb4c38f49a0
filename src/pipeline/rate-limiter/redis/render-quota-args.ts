import { MAX_BUDGET, type QuotaEntry, type SettleRequest } from '../quota-store.port.js';

/** Kinds as the scripts name them. */
export const KINDS: Record<QuotaEntry['kind'], string> = { window: 'w', concurrency: 'c', budget: 'b' };

/** The entries as RESERVE_LUA wants them. Written by hand: none of it needs escaping, and it is done for every request. */
export function renderReserveEntries(entries: readonly QuotaEntry[]): string {
  let text = '';
  for (const entry of entries) text += text === '' ? renderEntry(entry) : `,${renderEntry(entry)}`;
  return `[${text}]`;
}

function renderEntry(entry: QuotaEntry): string {
  switch (entry.kind) {
    case 'window':
      return `["w",${entry.limit},${entry.amount},${entry.windowMs}]`;
    case 'concurrency':
      return `["c",${entry.limit},"1","${entry.limit}"]`;
    case 'budget':
      // Text, because a number of JSON is exact to 2^53 only.
      return `["b","${entry.limit}","${entry.amount}","${entry.hard ? entry.limit : MAX_BUDGET}"]`;
  }
}

/** A settlement, and how many milliseconds ago it was made. */
export interface Settlement {
  request: SettleRequest;
  agoMs: number;
}

/** Settlements of one tenant as SETTLE_LUA wants them, and the keys they need, inside the tenant. */
export function renderSettlements(settlements: readonly Settlement[]): { keys: string[]; json: string } {
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size + 1);
    return numbers.size;
  };
  const list = settlements.map(({ request, agoMs }) => {
    const { reservationId, reservedAtMs, leaseMs, entries, actual } = request;
    const changes = entries.flatMap((entry, index) => {
      const change = renderChange(entry, actual[index] ?? 0n, numberOf);
      return change === null ? [] : [change];
    });
    return [reservationId, numberOf(renderRecordKey(reservationId)), reservedAtMs, agoMs, leaseMs, changes];
  });
  return { keys: [...numbers.keys()], json: JSON.stringify(list) };
}

/** Where the record of a reservation is, inside the tenant. */
export function renderRecordKey(reservationId: string): string {
  return `rs:${reservationId}`;
}

type Change = [kind: string, key: number, difference: string | number, actual: string, windowMs: number];

/** Null for a window that was used as reserved: it stays as it is. A slot is freed, whatever was used. */
function renderChange(entry: QuotaEntry, actual: bigint, numberOf: (key: string) => number): Change | null {
  switch (entry.kind) {
    case 'window': {
      const difference = Number(actual) - entry.amount;
      return difference === 0 ? null : ['w', numberOf(entry.key), difference, '', entry.windowMs];
    }
    case 'concurrency':
      return ['c', numberOf(entry.key), '-1', '0', 0];
    case 'budget':
      return ['b', numberOf(entry.key), (actual - entry.amount).toString(), actual.toString(), 0];
  }
}
