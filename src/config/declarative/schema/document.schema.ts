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

/** What an owner may write down. A document may be long, so the items of its lists can be parsed by themselves. */
export interface SectionSchema {
  whole: z.ZodType;
  lists: Readonly<Record<string, z.ZodType | SectionSchema>>;
}

/**
 * The whole file. Unknown fields are refused everywhere; secrets are looked up while it is parsed, so that a missing one is
 * told together with every other fault.
 */
export function documentSchema(
  source: SecretSource,
): SectionSchema & { whole: z.ZodType<DeclarativeConfig> } {
  const ofTenant = {
    keys: keySchema(keySecretSchema(source)),
    ...listedBy(source, TENANT_SCOPES),
    routingRules: routingRuleSchema(TENANT_CONDITIONS),
  };
  const tenant = z.strictObject({ ...tenantMembers, ...toLists(ofTenant) });
  const ofPlatform = {
    ...listedBy(source, PLATFORM_SCOPES),
    routingRules: routingRuleSchema(PLATFORM_CONDITIONS),
  };
  return {
    whole: z.strictObject({ ...toLists({ ...ofPlatform, tenants: tenant }) }),
    lists: { ...ofPlatform, tenants: { whole: tenant, lists: ofTenant } },
  };
}

function listedBy(source: SecretSource, scopes: ScopeSchemas) {
  return {
    providers: providerSchema(providerKeySchema(source)),
    models: modelSchema,
    policies: policySchema(scopes.policies),
    rateLimits: rateLimitSchema(scopes.limits),
    budgets: budgetSchema(scopes.limits, webhookUrlSchema(source)),
    prices: priceEntrySchema,
  };
}

type Lists<Items extends Record<string, z.ZodType>> = {
  [Name in keyof Items]: z.ZodType<z.output<Items[Name]>[]>;
};

function toLists<Items extends Record<string, z.ZodType>>(items: Items): Lists<Items> {
  const lists = Object.entries(items).map(([name, item]) => [name, list(z.array(item))]);
  return Object.fromEntries(lists) as Lists<Items>;
}
