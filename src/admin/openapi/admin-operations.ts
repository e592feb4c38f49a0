import { adminOperations } from '../admins/admins.openapi.js';
import { auditLogOperations } from '../audit/audit-log.openapi.js';
import { budgetOperations } from '../budgets/budgets.openapi.js';
import { cachePolicyOperations } from '../cache-policy/cache-policy.openapi.js';
import { configurationOperations } from '../configuration/configuration.openapi.js';
import { keyOperations } from '../keys/api-keys.openapi.js';
import { modelOperations } from '../models/models.openapi.js';
import { policyOperations } from '../policies/policies.openapi.js';
import { priceOperations } from '../prices/prices.openapi.js';
import { providerOperations } from '../providers/providers.openapi.js';
import { rateLimitOperations } from '../rate-limits/rate-limits.openapi.js';
import { routingRuleOperations } from '../routing-rules/routing-rules.openapi.js';
import { statsOperations } from '../stats/stats.openapi.js';
import { tenantOperations } from '../tenants/tenants.openapi.js';
import { traceOperations } from '../traces/traces.openapi.js';
import { usageOperations } from '../usage/usage.openapi.js';
import { documentationOperations } from './documentation.openapi.js';
import { healthOperations } from './health.openapi.js';
import type { Operation } from './operation.js';

/** Every route outside the data plane, in the order of the document. */
export const ADMIN_OPERATIONS: readonly Operation[] = [
  ...tenantOperations,
  ...keyOperations,
  ...policyOperations,
  ...rateLimitOperations,
  ...budgetOperations,
  ...cachePolicyOperations,
  ...providerOperations,
  ...modelOperations,
  ...routingRuleOperations,
  ...priceOperations,
  ...usageOperations,
  ...traceOperations,
  ...statsOperations,
  ...auditLogOperations,
  ...adminOperations,
  ...configurationOperations,
  ...documentationOperations,
  ...healthOperations,
];
