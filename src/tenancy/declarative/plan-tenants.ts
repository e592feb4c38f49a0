import type { DeclarativeConfig } from '../../config/declarative/declarative-config.js';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import type { CurrentRows } from './current-rows.js';
import { type PlanContext, planRows, type RowsPlan } from './plan-rows.js';

export async function planTenants(
  config: DeclarativeConfig,
  current: CurrentRows,
  context: PlanContext,
): Promise<RowsPlan<TenantEntity>> {
  const declared = config.tenants.map(({ name, status, cache, quotaFallback }) => ({
    identity: name,
    label: `tenants/${name}`,
    values: () => ({ name, status, cacheMode: cache.mode, cacheTtlSeconds: cache.ttlSeconds, quotaFallback }),
  }));
  const plan = await planRows<TenantEntity>(
    {
      kind: 'tenant',
      declared,
      current: current.tenants,
      identify: ({ name }) => name,
      describe: ({ name }) => `tenants/${name}`,
      retire: ({ status }) => ({ status: status === 'active' ? 'suspended' : status }),
      archive: () => ({ status: 'archived' }),
    },
    context,
  );
  return { ...plan, conflicts: [...plan.conflicts, ...findArchived(config, current, context)] };
}

/** An import through the API brings nobody back whom an administrator has archived. */
function findArchived(config: DeclarativeConfig, current: CurrentRows, { managedBy }: PlanContext): string[] {
  if (managedBy !== 'api') return [];
  const archived = new Set(
    current.tenants.filter(({ status }) => status === 'archived').map(({ name }) => name),
  );
  return config.tenants
    .filter(({ name }) => archived.has(name))
    .map(({ name }) => `tenants/${name} is archived`);
}
