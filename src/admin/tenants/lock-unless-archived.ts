import type { EntityManager } from 'typeorm';
import { GatewayError } from '../../errors/gateway-error.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

/**
 * An archived tenant is history: nothing of it is created or changed any more, and nothing deleted but what others may
 * depend on (providers, models, routing rules). Its keys and tokens can be revoked.
 * @throws GatewayError('conflict')
 */
export function assertNotArchived({ status }: Pick<TenantEntity, 'status'>): void {
  if (status !== 'archived') return;
  const publicMessage = 'The tenant is archived; nothing of it can be changed.';
  throw new GatewayError('conflict', { publicMessage });
}

/**
 * The same for writes of what belongs to a tenant: nobody archives it before their transaction ends. Whoever locks a row of
 * the tenant's locks the tenant first, as an import does. Says nothing of a tenant that does not exist.
 * @throws GatewayError('conflict')
 */
export async function lockUnlessArchived(manager: EntityManager, tenantId: string): Promise<void> {
  const lock = { mode: 'pessimistic_read' } as const;
  const tenant = await manager.findOne(TenantEntity, { where: { id: tenantId }, lock });
  if (tenant !== null) assertNotArchived(tenant);
}
