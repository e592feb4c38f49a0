import { type EntityManager, IsNull, Not } from 'typeorm';
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
import { type CurrentRows, ROW_ORDER } from './current-rows.js';

/** The whole configuration in the order in which it was made. Of revoked keys those that were rotated: scopes may name them. */
export async function loadAllRows(manager: EntityManager): Promise<CurrentRows> {
  const order = ROW_ORDER;
  return {
    tenants: await manager.find(TenantEntity, { order }),
    keys: await manager.find(ApiKeyEntity, {
      where: [{ status: 'active' }, { successorId: Not(IsNull()) }],
      order,
    }),
    providers: await manager.find(ProviderEntity, { order }),
    models: await manager.find(ModelEntity, { order }),
    deployments: await manager.find(DeploymentEntity, { order: { position: 'ASC', id: 'ASC' } }),
    policies: await manager.find(PolicyEntity, { order }),
    rateLimits: await manager.find(RateLimitEntity, { order }),
    budgets: await manager.find(BudgetEntity, { order }),
    prices: await manager.find(PriceEntity, { order }),
    // Among rules of the same priority the older is asked first, so the order is part of what they mean.
    routingRules: await manager.find(RoutingRuleEntity, { order: { id: 'ASC' } }),
  };
}
