import { z } from 'zod';
import type { DeclarativeConfig } from '../declarative-config.js';
import type { SecretSource } from '../read-secret.js';
import { budgetSchema, rateLimitSchema } from './limits.schema.js';
import { modelSchema } from './model.schema.js';
import { policySchema } from './policy.schema.js';
import { priceEntrySchema } from './price.schema.js';
import { providerSchema } from './provider.schema.js';
import { PLATFORM_CONDITIONS, routingRuleSchema, TENANT_CONDITIONS } from './routing-rule.schema.js';
import { PLATFORM_SCOPES, type ScopeSchemas, TENANT_SCOPES } from './scope.schema.js';
import { keySecretSchema, providerKeySchema, webhookUrlSchema } from './secret.schema.js';
import { keySchema, tenantFields } from './tenant.schema.js';
import { list } from './text.schema.js';

/**
 * The whole file. Unknown fields are refused everywhere; secrets are looked up while it is parsed, so that a missing one is
 * told together with every other fault.
 */
export function documentSchema(source: SecretSource): z.ZodType<DeclarativeConfig> {
  const tenant = z.strictObject({
    ...tenantFields,
    keys: list(keySchema(keySecretSchema(source))),
    ...sectionFields(source, TENANT_SCOPES),
    routingRules: list(routingRuleSchema(TENANT_CONDITIONS)),
  });
  return z.strictObject({
    ...sectionFields(source, PLATFORM_SCOPES),
    routingRules: list(routingRuleSchema(PLATFORM_CONDITIONS)),
    tenants: list(tenant),
  });
}

function sectionFields(source: SecretSource, scopes: ScopeSchemas) {
  return {
    providers: list(providerSchema(providerKeySchema(source))),
    models: list(modelSchema),
    policies: list(policySchema(scopes.policies)),
    rateLimits: list(rateLimitSchema(scopes.limits)),
    budgets: list(budgetSchema(scopes.limits, webhookUrlSchema(source))),
    prices: list(priceEntrySchema),
  };
}
