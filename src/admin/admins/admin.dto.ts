import { z } from 'zod';
import type { JsonObject } from '../../common/json.js';
import type { AdministratorEntity } from '../../storage/database/entities/administrator.entity.js';
import { nameField } from '../../config/fields/text-fields.js';
import { momentField } from '../../config/fields/time-fields.js';
import { idField, managedByField, nameFilter } from '../fields/common-fields.js';

const role = z.enum(['platform-admin', 'tenant-admin', 'viewer']);
const expiresAt = momentField.nullable();

export const createAdminSchema = z
  .strictObject({
    name: nameField,
    role,
    /** Required for a tenant-admin; a viewer without one sees the platform; a platform-admin has none. */
    tenantId: idField.nullable().default(null),
    expiresAt: expiresAt.default(null),
  })
  .refine((admin) => admin.role !== 'tenant-admin' || admin.tenantId !== null, {
    path: ['tenantId'],
    message: 'A tenant-admin needs a tenant',
  })
  .refine((admin) => admin.role !== 'platform-admin' || admin.tenantId === null, {
    path: ['tenantId'],
    message: 'A platform-admin has no tenant',
  });

/** What a PATCH can change. Role and tenant are for life: whoever gets another gets another token. */
export const changeableAdminSchema = z.strictObject({ name: nameField, expiresAt: expiresAt.default(null) });

export const adminFilterSchema = z.strictObject({
  role: role.optional(),
  tenantId: idField.optional(),
  status: z.enum(['active', 'revoked']).optional(),
  name: nameFilter.optional(),
});

export const adminViewSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  role,
  tenantId: z.uuid().nullable(),
  prefix: z.string(),
  expiresAt: z.iso.datetime().nullable(),
  status: z.enum(['active', 'revoked']),
  managedBy: managedByField,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type CreateAdmin = z.output<typeof createAdminSchema>;
export type AdminFilter = z.output<typeof adminFilterSchema>;
export type AdminView = z.output<typeof adminViewSchema>;

/** What of it a PATCH can change, as a client would send it. */
export function toChangeableAdmin(row: AdministratorEntity): JsonObject {
  return { name: row.name, expiresAt: row.expiresAt?.toISOString() ?? null };
}

export function renderAdmin(row: AdministratorEntity): AdminView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    tenantId: row.tenantId,
    prefix: row.prefix,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    status: row.status,
    managedBy: row.managedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
