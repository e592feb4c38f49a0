import type { EntityManager, EntityTarget, QueryDeepPartialEntity } from 'typeorm';
import { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import type { DeclarativePlan } from './plan-declarative-config.js';
import { lockPlannedRows } from './lock-planned-rows.js';
import type { PlannedChange } from './plan-rows.js';

/** Bounded by the 65,535 parameters of a statement. */
const ROWS_PER_STATEMENT = 500;

/**
 * Writes what the plan changes and nothing else: a row that stays the same keeps its revision. What leaves goes first, what
 * refers to something before what it refers to.
 * @throws ConcurrentChangeError when a row is no longer as it was planned for; nothing was written then.
 */
export async function executePlan(manager: EntityManager, plan: DeclarativePlan): Promise<void> {
  await lockPlannedRows(manager, plan);
  await deleteRows(manager, DeploymentEntity, plan.deployments);
  await deleteRows(manager, RoutingRuleEntity, plan.routingRules);
  await deleteRows(manager, ModelEntity, plan.models);
  await deleteRows(manager, ProviderEntity, plan.providers);
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
  await writeRows(manager, RoutingRuleEntity, plan.routingRules);
}

async function writeRows<Row extends { id: string }>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  changes: readonly PlannedChange<Row>[],
): Promise<void> {
  const { create = [], update = [], disable = [] } = Object.groupBy(changes, ({ action }) => action);
  await deleteRows(manager, entity, changes);
  for (const { id, values } of update)
    await manager.update(entity, id, values as QueryDeepPartialEntity<Row>);
  // Rows are switched off in a few ways only, and a whole tenant's at once when it leaves.
  for (const alike of Map.groupBy(disable, ({ values }) => JSON.stringify(values)).values()) {
    for (const chunk of split(alike)) {
      await manager.update(entity, listIds(chunk), alike[0]?.values as QueryDeepPartialEntity<Row>);
    }
  }
  for (const chunk of split(create)) {
    const rows = chunk.map(({ id, values }) => ({ id, ...values }));
    await manager.insert(entity, rows as QueryDeepPartialEntity<Row>[]);
  }
}

async function deleteRows<Row extends { id: string }>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  changes: readonly PlannedChange<Row>[],
): Promise<void> {
  const left = changes.filter(({ action }) => action === 'delete');
  for (const chunk of split(left)) await manager.delete(entity, listIds(chunk));
}

function split<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / ROWS_PER_STATEMENT);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );
}

function listIds(changes: readonly PlannedChange<unknown>[]): string[] {
  return changes.map(({ id }) => id);
}
