import { Any, type EntityManager, Not } from 'typeorm';
import type { DeclarativeConfig } from '../../config/declarative/declarative-config.js';
import { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import type { ManagedBy } from '../../storage/database/entities/managed-row.js';
import { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

/** What a plan is made against. Rows of the API only as far as they can meet the file's. */
export interface CurrentRows {
  tenants: TenantEntity[];
  keys: ApiKeyEntity[];
  providers: ProviderEntity[];
  models: ModelEntity[];
  deployments: DeploymentEntity[];
  policies: PolicyEntity[];
  rateLimits: RateLimitEntity[];
  budgets: BudgetEntity[];
  prices: PriceEntity[];
}

export async function loadCurrentRows(
  manager: EntityManager,
  config: DeclarativeConfig,
): Promise<CurrentRows> {
  const isDeclarative = { managedBy: Not<ManagedBy>('api') };
  return {
    tenants: await manager.find(TenantEntity),
    keys: await loadKeys(manager, config),
    providers: await manager.find(ProviderEntity),
    models: await manager.find(ModelEntity),
    deployments: await manager.find(DeploymentEntity, { order: { position: 'ASC', id: 'ASC' } }),
    policies: await manager.find(PolicyEntity),
    // The API gives limits and budgets no names, so none of its rows can be meant.
    rateLimits: await manager.findBy(RateLimitEntity, isDeclarative),
    budgets: await manager.findBy(BudgetEntity, isDeclarative),
    prices: await manager.find(PriceEntity),
  };
}

/**
 * There may be a million keys of the API; only those with a declared name or secret matter. Lists are one parameter each: a
 * statement has no more than 65,535.
 */
function loadKeys(manager: EntityManager, { tenants }: DeclarativeConfig): Promise<ApiKeyEntity[]> {
  const keys = tenants.flatMap((tenant) => tenant.keys);
  return manager.findBy(ApiKeyEntity, [
    { managedBy: Not<ManagedBy>('api') },
    { name: Any([...new Set(keys.map(({ name }) => name))]), status: 'active' },
    { hash: Any(keys.map(({ hash }) => hash)) },
  ]);
}
