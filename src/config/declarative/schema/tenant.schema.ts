import { z } from 'zod';
import {
  allowedModelsField,
  cacheFields,
  requiredTagsField,
  tagsField,
  tenantFields,
} from '../../fields/tenant-fields.js';
import { nameField, userField } from '../../fields/text-fields.js';
import { momentField } from '../../fields/time-fields.js';
import type { DeclaredKey } from '../declarative-config.js';
import type { KeySecret } from './secret.schema.js';
import { list } from './text.schema.js';

export function keySchema(secret: z.ZodType<KeySecret>) {
  return z
    .strictObject({
      name: nameField,
      key: secret,
      expiresAt: momentField.optional(),
      allowedModels: list(allowedModelsField),
      tags: tagsField.default({}),
      requiredTags: list(requiredTagsField),
      user: userField.optional(),
    })
    .transform(({ key, expiresAt, ...fields }): DeclaredKey => ({
      ...fields,
      ...key,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
      user: fields.user ?? null,
    }));
}

/** What a tenant is besides the rows that it owns. */
export const tenantMembers = { ...tenantFields, cache: z.strictObject(cacheFields).prefault({}) };
