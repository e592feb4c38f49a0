import { z } from 'zod';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

const name = z.string().trim().min(1).max(128);
const quotaFallback = z.enum(['local', 'closed']);

export const createTenantSchema = z.strictObject({ name, quotaFallback: quotaFallback.default('local') });

/** `archived` is what DELETE does. */
export const updateTenantSchema = z.strictObject({
  name: name.optional(),
  status: z.enum(['active', 'suspended']).optional(),
  quotaFallback: quotaFallback.optional(),
});

export const tenantFilterSchema = z.strictObject({
  status: z.enum(['active', 'suspended', 'archived']).optional(),
  name: name.optional(),
});

export const tenantViewSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  status: z.enum(['active', 'suspended', 'archived']),
  quotaFallback,
  managedBy: z.enum(['api', 'file', 'demo']),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type CreateTenant = z.output<typeof createTenantSchema>;
export type UpdateTenant = z.output<typeof updateTenantSchema>;
export type TenantFilter = z.output<typeof tenantFilterSchema>;
export type TenantView = z.output<typeof tenantViewSchema>;

export function renderTenant(row: TenantEntity): TenantView {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    quotaFallback: row.quotaFallback,
    managedBy: row.managedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
