import { type EntityManager, In } from 'typeorm';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import { PLATFORM } from './row-scope.js';

/** Ids of the tenants among the rows' owners that are archived: their rows do nothing any more. */
export async function listArchivedOwners(
  manager: EntityManager,
  rows: readonly { owner: string }[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(rows.map(({ owner }) => owner))].filter((owner) => owner !== PLATFORM);
  const tenants = await manager.find(TenantEntity, { where: { id: In(ids), status: 'archived' } });
  return new Set(tenants.map(({ id }) => id));
}
