import type { OwnedRow } from '../../storage/database/entities/managed-row.js';

/** The members that every owned row shows, in the order of the views. */
export function renderOwnedRow(row: OwnedRow) {
  return {
    owner: row.owner,
    managedBy: row.managedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
