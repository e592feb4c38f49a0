import type { EntityManager } from 'typeorm';
import type { DeclarativePlan } from './plan-declarative-config.js';
import type { PlannedChange } from './plan-rows.js';

/** Somebody changed a row between reading and writing; whoever planned reads and plans again. */
export class ConcurrentChangeError extends Error {
  constructor() {
    super('The configuration was changed by somebody else meanwhile');
    this.name = 'ConcurrentChangeError';
  }
}

type LockedTables = Omit<DeclarativePlan, 'deployments' | 'releasedKeyIds' | 'problems'>;

/** Deployments are locked with their models. */
const TABLES: Record<keyof LockedTables, string> = {
  tenants: 'tenants',
  keys: 'api_keys',
  providers: 'providers',
  models: 'models',
  policies: 'policies',
  rateLimits: 'rate_limits',
  budgets: 'budgets',
  prices: 'prices',
  routingRules: 'routing_rules',
};

/**
 * Locks every row that will change, and makes sure that it is still the one that was read, so that nobody's edit is lost.
 * All locks come before the first write: the first write also locks the change feed, and whoever edits a row waits for that
 * with the row locked.
 * @throws ConcurrentChangeError
 */
export async function lockPlannedRows(manager: EntityManager, plan: DeclarativePlan): Promise<void> {
  for (const name of Object.keys(TABLES) as (keyof LockedTables)[]) {
    const changes: readonly PlannedChange<unknown>[] = plan[name];
    const planned = changes.filter(({ action }) => action !== 'create' && action !== 'unchanged');
    if (planned.length > 0) await lockRows(manager, TABLES[name], planned);
  }
}

async function lockRows(
  manager: EntityManager,
  table: string,
  planned: readonly PlannedChange<unknown>[],
): Promise<void> {
  const rows = await manager.query<{ id: string; revision: number }[]>(
    `SELECT id, revision FROM ${table} WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
    [planned.map(({ id }) => id)],
  );
  const revisions = new Map(rows.map(({ id, revision }) => [id, revision]));
  if (planned.some(({ id, revision }) => revisions.get(id) !== revision)) throw new ConcurrentChangeError();
}
