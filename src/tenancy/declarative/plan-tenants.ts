import type { DeclarativeConfig } from '../../config/declarative/declarative-config.js';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import type { CurrentRows } from './current-rows.js';
import { type PlanContext, planRows, type RowsPlan } from './plan-rows.js';

export function planTenants(
  config: DeclarativeConfig,
  current: CurrentRows,
  context: PlanContext,
): RowsPlan<TenantEntity> {
  const declared = config.tenants.map(({ name, status, cache, quotaFallback }) => ({
    identity: name,
    label: `tenants/${name}`,
    values: () => ({ name, status, cacheMode: cache.mode, cacheTtlSeconds: cache.ttlSeconds, quotaFallback }),
  }));
  return planRows<TenantEntity>(
    {
      kind: 'tenant',
      declared,
      current: current.tenants,
      identify: ({ name }) => name,
      describe: ({ name }) => `tenants/${name}`,
      retire: ({ status }) => ({ status: status === 'active' ? 'suspended' : status }),
    },
    context,
  );
}
