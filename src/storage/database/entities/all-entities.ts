import { AdministratorEntity } from './administrator.entity.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { BudgetEntity } from './budget.entity.js';
import { DeploymentEntity } from './deployment.entity.js';
import { IdempotencyRecordEntity } from './idempotency-record.entity.js';
import { InstanceSettingEntity } from './instance-setting.entity.js';
import { ModelEntity } from './model.entity.js';
import { PolicyEntity } from './policy.entity.js';
import { PriceEntity } from './price.entity.js';
import { ProviderEntity } from './provider.entity.js';
import { RateLimitEntity } from './rate-limit.entity.js';
import { RoutingRuleEntity } from './routing-rule.entity.js';
import { TenantEntity } from './tenant.entity.js';

/** Every mapped table, listed by hand: globs do not survive bundling or ESM. */
export const ALL_ENTITIES = [
  TenantEntity,
  ApiKeyEntity,
  ProviderEntity,
  ModelEntity,
  DeploymentEntity,
  PolicyEntity,
  RateLimitEntity,
  BudgetEntity,
  PriceEntity,
  RoutingRuleEntity,
  AdministratorEntity,
  IdempotencyRecordEntity,
  InstanceSettingEntity,
];
