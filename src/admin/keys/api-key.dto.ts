import { z } from 'zod';
import { fingerprint } from '../audit/fingerprint.js';
import { modelNameField, nameField, userField } from '../fields/common-fields.js';
import type { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';

const tagName = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'Letters, digits, "_", "." and "-", at most 64');
const tagValue = z.string().regex(/^[^,=\s][^,=]{0,127}$/, 'At most 128 characters without "," and "="');

const fields = {
  name: nameField,
  expiresAt: z.iso.datetime({ offset: true }).nullable(),
  allowedModels: z.array(modelNameField).max(500),
  tags: z.record(tagName, tagValue).refine((tags) => Object.keys(tags).length <= 10, 'At most 10 tags'),
  requiredTags: z.array(tagName).max(10),
  user: userField.nullable(),
};

export const createKeySchema = z.strictObject({
  name: fields.name,
  expiresAt: fields.expiresAt.default(null),
  allowedModels: fields.allowedModels.default([]),
  tags: fields.tags.default({}),
  requiredTags: fields.requiredTags.default([]),
  user: fields.user.default(null),
});

/** Merge patch: a member that is absent stays, `null` clears what can be empty. */
export const updateKeySchema = z.strictObject(fields).partial();

export const rotateKeySchema = z.strictObject({
  overlapSeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(0),
});

export const keyFilterSchema = z.strictObject({
  status: z.enum(['active', 'revoked']).optional(),
  prefix: z.string().max(16).optional(),
  user: z.string().max(256).optional(),
  name: z.string().max(128).optional(),
});

export const keyViewSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  expiresAt: z.iso.datetime().nullable(),
  allowedModels: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  requiredTags: z.array(z.string()),
  user: z.string().nullable(),
  status: z.enum(['active', 'revoked']),
  revokedAt: z.iso.datetime().nullable(),
  successorId: z.uuid().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
  managedBy: z.enum(['api', 'file', 'demo']),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type CreateKey = z.output<typeof createKeySchema>;
export type UpdateKey = z.output<typeof updateKeySchema>;
export type KeyFilter = z.output<typeof keyFilterSchema>;
export type KeyView = z.output<typeof keyViewSchema>;

export function renderKey(row: ApiKeyEntity, lastUsedAt: Date | null): KeyView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    allowedModels: row.allowedModels,
    tags: row.tags,
    requiredTags: row.requiredTags,
    user: row.user,
    status: row.status,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    successorId: row.successorId,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    managedBy: row.managedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** For the audit log: that another secret came under the same name, as the configuration file may say, shows by its fingerprint. */
export function renderKeyForAudit(row: ApiKeyEntity) {
  return { ...renderKey(row, null), secretFingerprint: fingerprint(row.hash) };
}
