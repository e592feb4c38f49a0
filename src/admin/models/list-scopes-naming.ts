import { type EntityManager, type EntityTarget, type FindOptionsWhere, JsonContains, Not } from 'typeorm';
import { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import type { Scope } from '../../tenancy/config-snapshot.js';
import { listArchivedOwners } from '../resource/list-archived-owners.js';
import { PLATFORM } from '../resource/row-scope.js';

type NamedModel = Pick<ModelEntity, 'id' | 'owner' | 'name'>;
type ScopedRow = OwnedRow & { name: string | null; scope: Scope };

const SCOPED: readonly (readonly [noun: string, entity: EntityTarget<ScopedRow>])[] = [
  ['policy', PolicyEntity],
  ['rate limit', RateLimitEntity],
  ['budget', BudgetEntity],
];

/**
 * Policies, rate limits and budgets whose scope is exactly this model, and which would never match again without it. Those
 * without a name are told by their id. Patterns do not count, they may mean models to come, nor do rows of archived tenants.
 *
 * A scope stands for what is called so among the models of its owner and of the platform, a platform's scope for those of
 * every tenant too (check-model-names.ts reads the file so). While another one of the name is switched on there, nothing is
 * orphaned. What the platform has written is not held against a tenant that deletes its own model: it could not change it.
 */
export async function listScopesNaming(manager: EntityManager, model: NamedModel): Promise<string[]> {
  const naming = await findNaming(manager, model);
  if (naming.length === 0) return [];
  const where = { name: model.name, enabled: true, id: Not(model.id) };
  const others = await manager.find(ModelEntity, { select: { id: true, owner: true }, where });
  const archived = await listArchivedOwners(manager, [...naming.map(({ row }) => row), ...others]);
  const owners = new Set(others.map(({ owner }) => owner).filter((owner) => !archived.has(owner)));
  const isServed = (owner: string) =>
    owners.has(PLATFORM) || (owner === PLATFORM ? owners.size > 0 : owners.has(owner));
  return naming
    .filter(({ row: { owner } }) => !archived.has(owner) && !isServed(owner))
    .map(({ noun, row: { id, name } }) => `${noun} ${name ?? id}`);
}

async function findNaming(
  manager: EntityManager,
  { owner, name }: NamedModel,
): Promise<{ noun: string; row: ScopedRow }[]> {
  const where = {
    scope: JsonContains({ model: name }),
    ...(owner === PLATFORM ? {} : { owner }),
  } as FindOptionsWhere<ScopedRow>;
  const found = [];
  for (const [noun, entity] of SCOPED) {
    const rows = await manager.find(entity, { where, order: { id: 'ASC' } });
    found.push(...rows.map((row) => ({ noun, row })));
  }
  return found;
}
