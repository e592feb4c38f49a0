import { z } from 'zod';
import { nameField } from '../fields/common-fields.js';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

const quotaFallback = z.enum(['local', 'closed']);

export const createTenantSchema = z.strictObject({
  name: nameField,
  quotaFallback: quotaFallback.default('local'),
});

/** `archived` is what DELETE does. */
export const updateTenantSchema = z.strictObject({
  name: nameField.optional(),
  status: z.enum(['active', 'suspended']).optional(),
  quotaFallback: quotaFallback.optional(),
});

export const tenantFilterSchema = z.strictObject({
  status: z.enum(['active', 'suspended', 'archived']).optional(),
  name: nameField.optional(),
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
