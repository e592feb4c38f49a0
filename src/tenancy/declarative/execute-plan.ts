import type { EntityManager, EntityTarget, QueryDeepPartialEntity } from 'typeorm';
import { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import type { DeclarativePlan } from './plan-declarative-config.js';
import type { PlannedChange } from './plan-rows.js';

/** Bounded by the 65,535 parameters of a statement. */
const ROWS_PER_INSERT = 500;

/** Writes what the plan changes and nothing else: a row that stays the same keeps its revision. */
export async function executePlan(manager: EntityManager, plan: DeclarativePlan): Promise<void> {
  await writeRows(manager, TenantEntity, plan.tenants);
  for (const id of plan.releasedKeyIds)
    await manager.update(ApiKeyEntity, { id }, { hash: `released:${id}` });
  await writeRows(manager, ApiKeyEntity, plan.keys);
  await writeRows(manager, ProviderEntity, plan.providers);
  await writeRows(manager, ModelEntity, plan.models);
  await writeRows(manager, DeploymentEntity, plan.deployments);
  await writeRows(manager, PolicyEntity, plan.policies);
  await writeRows(manager, RateLimitEntity, plan.rateLimits);
  await writeRows(manager, BudgetEntity, plan.budgets);
  await writeRows(manager, PriceEntity, plan.prices);
}

async function writeRows<Row extends { id: string }>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  changes: readonly PlannedChange<Row>[],
): Promise<void> {
  const deleted = changes.filter(({ action }) => action === 'delete').map(({ id }) => id);
  if (deleted.length > 0) await manager.delete(entity, deleted);
  for (const { action, id, values } of changes) {
    if (action === 'update' || action === 'disable')
      await manager.update(entity, id, values as QueryDeepPartialEntity<Row>);
  }
  const created = changes.filter(({ action }) => action === 'create');
  for (let start = 0; start < created.length; start += ROWS_PER_INSERT) {
    const rows = created.slice(start, start + ROWS_PER_INSERT).map(({ id, values }) => ({ id, ...values }));
    await manager.insert(entity, rows as QueryDeepPartialEntity<Row>[]);
  }
}
