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
import { loadInPieces } from './load-in-pieces.js';

/** The whole configuration in the order in which it was made. Of revoked keys those that were rotated: scopes may name them. */
export async function loadAllRows(manager: EntityManager): Promise<CurrentRows> {
  const order = ROW_ORDER;
  return {
    tenants: await loadInPieces(manager, TenantEntity, { order }),
    keys: await loadInPieces(manager, ApiKeyEntity, {
      where: [{ status: 'active' }, { successorId: Not(IsNull()) }],
      order,
    }),
    providers: await loadInPieces(manager, ProviderEntity, { order }),
    models: await loadInPieces(manager, ModelEntity, { order }),
    deployments: await loadInPieces(manager, DeploymentEntity, { order: { position: 'ASC', id: 'ASC' } }),
    policies: await loadInPieces(manager, PolicyEntity, { order }),
    rateLimits: await loadInPieces(manager, RateLimitEntity, { order }),
    budgets: await loadInPieces(manager, BudgetEntity, { order }),
    prices: await loadInPieces(manager, PriceEntity, { order }),
    // Among rules of the same priority the older is asked first, so the order is part of what they mean.
    routingRules: await loadInPieces(manager, RoutingRuleEntity, { order: { id: 'ASC' } }),
  };
}
