import { z } from 'zod';
import { allowedModelsField, requiredTagsField, tagsField } from '../../config/fields/tenant-fields.js';
import { nameField, userField } from '../../config/fields/text-fields.js';
import { momentField } from '../../config/fields/time-fields.js';
import type { JsonObject } from '../../common/json.js';
import { fingerprint } from '../audit/fingerprint.js';
import type { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';

export const keyInputSchema = z.strictObject({
  name: nameField,
  expiresAt: momentField.nullable().default(null),
  allowedModels: allowedModelsField.default([]),
  tags: tagsField.default({}),
  requiredTags: requiredTagsField.default([]),
  user: userField.nullable().default(null),
});

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

export type KeyInput = z.output<typeof keyInputSchema>;
export type KeyFilter = z.output<typeof keyFilterSchema>;
export type KeyView = z.output<typeof keyViewSchema>;

/** As a client would send it. */
export function toKeyInput(row: ApiKeyEntity): JsonObject {
  const { name, expiresAt, allowedModels, tags, requiredTags, user } = row;
  return { name, expiresAt: expiresAt?.toISOString() ?? null, allowedModels, tags, requiredTags, user };
}

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
