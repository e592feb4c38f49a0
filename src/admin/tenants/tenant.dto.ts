import { z } from 'zod';
import type { JsonObject } from '../../common/json.js';
import { quotaFallbackField, tenantFields } from '../../config/fields/tenant-fields.js';
import { nameFilter } from '../fields/common-fields.js';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

export const tenantInputSchema = z.strictObject(tenantFields);

export const tenantFilterSchema = z.strictObject({
  status: z.enum(['active', 'suspended', 'archived']).optional(),
  name: nameFilter.optional(),
});

export const tenantViewSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  status: z.enum(['active', 'suspended', 'archived']),
  quotaFallback: quotaFallbackField,
  managedBy: z.enum(['api', 'file', 'demo']),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type TenantInput = z.output<typeof tenantInputSchema>;
export type TenantFilter = z.output<typeof tenantFilterSchema>;
export type TenantView = z.output<typeof tenantViewSchema>;

/** As a client would send it. */
export function toTenantInput({ name, status, quotaFallback }: TenantEntity): JsonObject {
  return { name, status, quotaFallback };
}

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
