import type { DeclarativeConfig } from '../../config/declarative/declarative-config.js';
import type { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import type { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import type { ModelEntity } from '../../storage/database/entities/model.entity.js';
import type { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import type { PriceEntity } from '../../storage/database/entities/price.entity.js';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import type { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import type { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import { checkLeftReferences } from './check-left-references.js';
import { checkLeftScopes } from './check-left-scopes.js';
import { checkModelNames } from './check-model-names.js';
import type { CurrentRows } from './current-rows.js';
import { listOwnedSections } from './declared-owners.js';
import { planKeys } from './plan-keys.js';
import { planBudgets, planRateLimits } from './plan-limits.js';
import { planModels } from './plan-models.js';
import { planPolicies } from './plan-policies.js';
import { planPrices } from './plan-prices.js';
import { planProviders } from './plan-providers.js';
import { planRoutingRules } from './plan-routing-rules.js';
import type { PlanContext, PlannedChange } from './plan-rows.js';
import { planTenants } from './plan-tenants.js';

/** Everything that applying a file would do, in the order of the tables. */
export interface DeclarativePlan {
  tenants: PlannedChange<TenantEntity>[];
  keys: PlannedChange<ApiKeyEntity>[];
  /** Keys that give up their hash to another one before anything else is written. */
  releasedKeyIds: string[];
  providers: PlannedChange<ProviderEntity>[];
  models: PlannedChange<ModelEntity>[];
  deployments: PlannedChange<DeploymentEntity>[];
  policies: PlannedChange<PolicyEntity>[];
  rateLimits: PlannedChange<RateLimitEntity>[];
  budgets: PlannedChange<BudgetEntity>[];
  prices: PlannedChange<PriceEntity>[];
  routingRules: PlannedChange<RoutingRuleEntity>[];
  /** Why it cannot be applied; empty when it can. Hold no secrets. */
  problems: string[];
}

/**
 * Compares the file with the database: pure, so that a plan can be shown as well as executed.
 *
 * Rows are recognised by natural keys: tenants by name; keys by tenant and name; providers, models and policies by owner
 * and name; routing rules too; limits and budgets by owner and name or content; prices by owner, model and day; deployments by what they call.
 */
export async function planDeclarativeConfig(
  config: DeclarativeConfig,
  current: CurrentRows,
  context: PlanContext,
): Promise<DeclarativePlan> {
  const tenants = await planTenants(config, current, context);
  const keys = await planKeys(config, current, tenants.ids, context);
  const sections = listOwnedSections(config, tenants.ids, keys.ids);
  const providers = await planProviders(sections, current, context);
  const models = await planModels(sections, providers.ids, current, context);
  const policies = await planPolicies(sections, current, context);
  const rateLimits = await planRateLimits(sections, current, context);
  const budgets = await planBudgets(sections, current, context);
  const prices = await planPrices(sections, current, context);
  const routingRules = await planRoutingRules(sections, current, context);
  const changes = {
    providers: providers.changes,
    models: models.changes,
    deployments: models.deployments,
    routingRules: routingRules.changes,
    policies: policies.changes,
    rateLimits: rateLimits.changes,
    budgets: budgets.changes,
  };
  const plans = [tenants, keys, providers, models, policies, rateLimits, budgets, prices, routingRules];
  return {
    tenants: tenants.changes,
    keys: keys.changes,
    releasedKeyIds: keys.releasedIds,
    ...changes,
    prices: prices.changes,
    problems: [
      ...plans.flatMap(({ conflicts }) => conflicts),
      ...checkModelNames(sections, current, context),
      ...checkLeftReferences(changes, current, context),
      ...checkLeftScopes(changes, current),
    ],
  };
}
