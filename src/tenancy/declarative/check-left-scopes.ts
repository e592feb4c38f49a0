import type { ModelEntity } from '../../storage/database/entities/model.entity.js';
import type { ManagedRow } from '../../storage/database/entities/managed-row.js';
import type { Scope } from '../config-snapshot.js';
import { applyChanges } from './apply-changes.js';
import type { CurrentRows } from './current-rows.js';
import { createOwnerDescriber } from './declared-owners.js';
import type { PlannedChange } from './plan-rows.js';

type ScopedTable = 'policies' | 'rateLimits' | 'budgets';
type PlannedScopes = { [Table in 'models' | ScopedTable]: PlannedChange<CurrentRows[Table][number]>[] };
type ScopedRow = ManagedRow & { owner: string; name: string | null; scope: Scope };
type Named = Pick<ModelEntity, 'owner' | 'name'>;

const TABLES = ['policies', 'rateLimits', 'budgets'] as const satisfies readonly ScopedTable[];

/**
 * Policies, limits and budgets for exactly one model that a plan takes away, as the admin API would refuse it. Rows that the
 * document itself has are left alone: it may say what led nowhere before, for every export can be imported. So what is told
 * of are rows that the document says nothing of, such as the file's where an import prunes.
 */
export function checkLeftScopes(plan: PlannedScopes, current: CurrentRows): string[] {
  if (!plan.models.some(({ action }) => action === 'delete')) return [];
  const isServedBefore = serveNames(current.models);
  const isServedAfter = serveNames(applyChanges(current.models, plan.models));
  const describeOwner = createOwnerDescriber(current);
  const archived = new Set(current.tenants.filter(({ status }) => status === 'archived').map(({ id }) => id));
  return TABLES.flatMap((table) => {
    // What is planned for is declared, or leaves: neither is held back.
    const planned = new Set(plan[table].map(({ id }) => id));
    const left: readonly ScopedRow[] = current[table].filter(({ id }) => !planned.has(id));
    return left
      .filter(({ owner, scope: { model } }) => {
        if (model === undefined || model.includes('*') || archived.has(owner)) return false;
        return isServedBefore(owner, model) && !isServedAfter(owner, model);
      })
      .map(
        ({ id, owner, name, scope }) =>
          `${describeOwner(owner)}${table}/${name ?? id}: there would be no model ${scope.model ?? ''} any more`,
      );
  });
}

/** A platform's scope applies to every tenant, also to models of their own. */
function serveNames(models: readonly Named[]) {
  const owners = new Map<string, Set<string>>();
  for (const { owner, name } of models) owners.set(name, (owners.get(name) ?? new Set()).add(owner));
  return (owner: string, name: string): boolean => {
    const having = owners.get(name);
    if (having === undefined) return false;
    return owner === 'platform' || having.has('platform') || having.has(owner);
  };
}
