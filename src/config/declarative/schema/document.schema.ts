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
import { keySchema, tenantMembers } from './tenant.schema.js';
import { list } from './text.schema.js';

/**
 * The whole file. Unknown fields are refused everywhere; secrets are looked up while it is parsed, so that a missing one is
 * told together with every other fault.
 */
export function documentSchema(source: SecretSource): z.ZodType<DeclarativeConfig> {
  const tenant = z.strictObject({
    ...tenantMembers,
    keys: list(z.array(keySchema(keySecretSchema(source)))),
    ...sectionFields(source, TENANT_SCOPES),
    routingRules: list(z.array(routingRuleSchema(TENANT_CONDITIONS))),
  });
  return z.strictObject({
    ...sectionFields(source, PLATFORM_SCOPES),
    routingRules: list(z.array(routingRuleSchema(PLATFORM_CONDITIONS))),
    tenants: list(z.array(tenant)),
  });
}

function sectionFields(source: SecretSource, scopes: ScopeSchemas) {
  return {
    providers: list(z.array(providerSchema(providerKeySchema(source)))),
    models: list(z.array(modelSchema)),
    policies: list(z.array(policySchema(scopes.policies))),
    rateLimits: list(z.array(rateLimitSchema(scopes.limits))),
    budgets: list(z.array(budgetSchema(scopes.limits, webhookUrlSchema(source)))),
    prices: list(z.array(priceEntrySchema)),
  };
}
