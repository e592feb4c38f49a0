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
import { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import { loadInPieces } from './load-in-pieces.js';
import type { PlanContext } from './plan-rows.js';

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
  routingRules: RoutingRuleEntity[];
}

export async function loadCurrentRows(
  manager: EntityManager,
  config: DeclarativeConfig,
  { managedBy, isPruning }: Pick<PlanContext, 'managedBy' | 'isPruning'>,
): Promise<CurrentRows> {
  const isOfApi = managedBy === 'api';
  const meant = isOfApi ? {} : { managedBy: Not<ManagedBy>('api') };
  return {
    tenants: await loadInPieces(manager, TenantEntity),
    keys: await loadKeys(manager, config, isOfApi && isPruning),
    providers: await loadInPieces(manager, ProviderEntity),
    models: await loadInPieces(manager, ModelEntity),
    deployments: await loadInPieces(manager, DeploymentEntity, { order: { position: 'ASC', id: 'ASC' } }),
    policies: await loadInPieces(manager, PolicyEntity),
    // The API gives limits and budgets no names, so the file can mean none of its rows.
    rateLimits: await loadInPieces(manager, RateLimitEntity, { where: meant, order: ROW_ORDER }),
    budgets: await loadInPieces(manager, BudgetEntity, { where: meant, order: ROW_ORDER }),
    prices: await loadInPieces(manager, PriceEntity),
    routingRules: await loadInPieces(manager, RoutingRuleEntity),
  };
}

export const ROW_ORDER = { createdAt: 'ASC', id: 'ASC' } as const;

/**
 * There may be a million keys of the API; only those with a declared name or secret matter, unless all that is not declared
 * shall be revoked. Lists are one parameter each: a
 * statement has no more than 65,535.
 */
function loadKeys(
  manager: EntityManager,
  { tenants }: DeclarativeConfig,
  isEveryKeyMeant: boolean,
): Promise<ApiKeyEntity[]> {
  const keys = tenants.flatMap((tenant) => tenant.keys);
  const where = [
    { managedBy: Not<ManagedBy>('api') },
    isEveryKeyMeant
      ? { status: 'active' as const }
      : { name: Any([...new Set(keys.map(({ name }) => name))]), status: 'active' as const },
    { hash: Any(keys.map(({ hash }) => hash)) },
  ];
  return loadInPieces(manager, ApiKeyEntity, { where, order: ROW_ORDER });
}
