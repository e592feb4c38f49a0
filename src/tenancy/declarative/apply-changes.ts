import type { PlannedChange } from './plan-rows.js';

/** The rows as they will be once the changes are written. Pure. */
export function applyChanges<Row extends { id: string }>(
  rows: readonly Row[],
  changes: readonly PlannedChange<Row>[],
): Row[] {
  const left = new Map(rows.map((row) => [row.id, row]));
  for (const { action, id, values } of changes) {
    if (action === 'delete') left.delete(id);
    else left.set(id, { ...left.get(id), ...values, id } as Row);
  }
  return [...left.values()];
}
