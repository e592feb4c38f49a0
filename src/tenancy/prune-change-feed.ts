import type { SqlClient } from '../storage/database/sql-client.port.js';

/** A process asks twice a second; one that was away for longer than both reads everything anew. */
export const KEPT_CHANGES = 10_000;
const KEPT_DAYS = 7;

/**
 * Only from the oldest end on, and whole versions, so that what is kept has no holes: a transaction that began early may have
 * committed late, so `changed_at` does not rise with the version. NULL, where there are fewer rows, deletes nothing.
 */
const PRUNE = `
DELETE FROM config_changes
WHERE version < (SELECT version FROM config_changes ORDER BY version DESC OFFSET ${KEPT_CHANGES - 1} LIMIT 1)
  AND version < coalesce(
    (SELECT min(version) FROM config_changes WHERE changed_at >= now() - interval '${KEPT_DAYS} days'),
    (SELECT version FROM config_state)
  )`;

/**
 * Forgets changes of the configuration that every running process has seen: of the newest 10,000 and those of the last seven
 * days, whichever is more, all are kept. Any process may run it at any time.
 */
export async function pruneChangeFeed(sql: SqlClient): Promise<void> {
  await sql.query(PRUNE);
}
