import { z } from 'zod';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

const name = z.string().trim().min(1).max(128);

export const createTenantSchema = z.strictObject({ name });

/** `archived` is what DELETE does. */
export const updateTenantSchema = z.strictObject({
  name: name.optional(),
  status: z.enum(['active', 'suspended']).optional(),
});

export const tenantFilterSchema = z.object({ status: z.enum(['active', 'suspended', 'archived']).optional() });

export type TenantView = ReturnType<typeof renderTenant>;

export function renderTenant(row: TenantEntity) {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    managedBy: row.managedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
