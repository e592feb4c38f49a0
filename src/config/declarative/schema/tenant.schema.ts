import { z } from 'zod';
import type { DeclaredKey } from '../declarative-config.js';
import type { KeySecret } from './secret.schema.js';
import {
  list,
  modelPatternSchema,
  nameSchema,
  tagNameSchema,
  tagValueSchema,
  userSchema,
} from './text.schema.js';

const MAX_TAGS = 10;
const MAX_ALLOWED_MODELS = 500;
const DEFAULT_CACHE_TTL_SECONDS = 3_600;
const MAX_CACHE_TTL_SECONDS = 30 * 86_400;

export function keySchema(secret: z.ZodType<KeySecret>) {
  return z
    .strictObject({
      name: nameSchema,
      key: secret,
      expiresAt: z.iso.datetime({ offset: true, error: 'must be a moment: 2027-01-31T00:00:00Z' }).optional(),
      allowedModels: list(modelPatternSchema, MAX_ALLOWED_MODELS),
      tags: z
        .record(tagNameSchema, tagValueSchema)
        .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `must be at most ${MAX_TAGS} tags`)
        .default({}),
      requiredTags: list(tagNameSchema, MAX_TAGS),
      user: userSchema.optional(),
    })
    .transform(({ key, expiresAt, ...fields }): DeclaredKey => ({
      ...fields,
      ...key,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
      user: fields.user ?? null,
    }));
}

/** What a tenant is besides the rows that it owns. */
export const tenantFields = {
  name: nameSchema,
  status: z.enum(['active', 'suspended']).default('active'),
  cache: z
    .strictObject({
      mode: z.enum(['off', 'deterministic', 'always']).default('deterministic'),
      ttlSeconds: z.int().min(0).max(MAX_CACHE_TTL_SECONDS).default(DEFAULT_CACHE_TTL_SECONDS),
    })
    .prefault({}),
  quotaFallback: z.enum(['local', 'closed']).default('local'),
};
