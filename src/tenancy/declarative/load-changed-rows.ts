import { Any, type EntityManager, type EntityTarget } from 'typeorm';
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
import type { CurrentRows } from './current-rows.js';
import { loadByIds, loadInPieces } from './load-in-pieces.js';
import type { DeclarativePlan } from './plan-declarative-config.js';
import type { PlannedChange } from './plan-rows.js';

/** The rows that the plan has changed, as they are now, with all deployments of changed models. Deleted ones are missing. */
export async function loadChangedRows(manager: EntityManager, plan: DeclarativePlan): Promise<CurrentRows> {
  const load = <Row extends { id: string }>(
    entity: EntityTarget<Row>,
    changes: readonly PlannedChange<Row>[],
  ): Promise<Row[]> => {
    return loadByIds(manager, entity, listChangedIds(changes));
  };
  return {
    tenants: await load(TenantEntity, plan.tenants),
    keys: await load(ApiKeyEntity, plan.keys),
    providers: await load(ProviderEntity, plan.providers),
    models: await load(ModelEntity, plan.models),
    deployments: await loadInPieces(manager, DeploymentEntity, {
      where: { modelId: Any(listChangedIds(plan.models)) },
      order: { position: 'ASC', id: 'ASC' },
    }),
    policies: await load(PolicyEntity, plan.policies),
    rateLimits: await load(RateLimitEntity, plan.rateLimits),
    budgets: await load(BudgetEntity, plan.budgets),
    prices: await load(PriceEntity, plan.prices),
    routingRules: await load(RoutingRuleEntity, plan.routingRules),
  };
}

function listChangedIds(changes: readonly PlannedChange<unknown>[]): string[] {
  return changes.filter(({ action }) => action !== 'unchanged').map(({ id }) => id);
}
