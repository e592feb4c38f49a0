import type { QuotaEntry } from './quota-store.port.js';

/**
 * One process's share of limits that n processes used to keep together. Of a budget it is a share of what was left when this
 * process began to count alone, so that all shares together never exceed the rest. No share is less than 1.
 * @param findBase what a budget's counter began with here; null while it was not initialised.
 */
export function shareEntries(
  entries: readonly QuotaEntry[],
  processes: number,
  findBase: (key: string) => bigint | null,
): QuotaEntry[] {
  return entries.map((entry) => {
    if (entry.kind !== 'budget') return { ...entry, limit: Math.max(1, Math.floor(entry.limit / processes)) };
    const base = findBase(entry.key);
    if (base === null || base >= entry.limit) return entry;
    return { ...entry, limit: base + (entry.limit - base) / BigInt(processes) };
  });
}
