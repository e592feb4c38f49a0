import type { ManagedRow } from '../../storage/database/entities/managed-row.js';
import type { Scope } from '../config-snapshot.js';
import { applyChanges } from './apply-changes.js';
import type { CurrentRows } from './current-rows.js';
import { createOwnerDescriber, listArchivedIds } from './declared-owners.js';
import { ModelNames } from './model-names.js';
import type { PlannedChange } from './plan-rows.js';

type ScopedTable = 'policies' | 'rateLimits' | 'budgets';
type PlannedScopes = { [Table in 'models' | ScopedTable]: PlannedChange<CurrentRows[Table][number]>[] };
type ScopedRow = ManagedRow & { owner: string; name: string | null; scope: Scope };

const TABLES = ['policies', 'rateLimits', 'budgets'] as const satisfies readonly ScopedTable[];

/**
 * Policies, limits and budgets for exactly one model that a plan takes away, as the admin API would refuse it. Rows that the
 * document itself has are left alone: it may say what led nowhere before, for every export can be imported. So what is told
 * of are rows that the document says nothing of, such as the file's where an import prunes.
 */
export function checkLeftScopes(plan: PlannedScopes, current: CurrentRows): string[] {
  if (!plan.models.some(({ action }) => action === 'delete')) return [];
  const before = new ModelNames(current.models);
  const after = new ModelNames(applyChanges(current.models, plan.models));
  const describeOwner = createOwnerDescriber(current);
  const archived = listArchivedIds(current);
  return TABLES.flatMap((table) => {
    // What is planned for is declared, or leaves: neither is held back.
    const planned = new Set(plan[table].map(({ id }) => id));
    const left: readonly ScopedRow[] = current[table].filter(({ id }) => !planned.has(id));
    return left
      .filter(({ owner, scope: { model } }) => {
        if (model === undefined || model.includes('*') || archived.has(owner)) return false;
        return before.isVisible(owner, model) && !after.isVisible(owner, model);
      })
      .map(
        ({ id, owner, name, scope }) =>
          `${describeOwner(owner)}${table}/${name ?? id}: there would be no model ${scope.model ?? ''} any more`,
      );
  });
}
