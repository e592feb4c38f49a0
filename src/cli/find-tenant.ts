import type { DataSource } from 'typeorm';
import { TenantEntity } from '../storage/database/entities/tenant.entity.js';

/** @throws when there is no tenant of this name. */
export async function getTenantByName(dataSource: DataSource, name: string): Promise<TenantEntity> {
  const tenant = await dataSource.getRepository(TenantEntity).findOneBy({ name });
  if (tenant !== null) return tenant;
  throw new Error(`There is no tenant "${name}"`);
}
