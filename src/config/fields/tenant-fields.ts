import { z } from 'zod';
import { modelPatternField, nameField, tagNameField, tagValueField } from './text-fields.js';

const MAX_TAGS = 10;
const MAX_ALLOWED_MODELS = 500;
const DEFAULT_CACHE_TTL_SECONDS = 3_600;
const MAX_CACHE_TTL_SECONDS = 30 * 86_400;

export const quotaFallbackField = z.enum(['local', 'closed']);

/** What a tenant is besides its cache policy and the rows that it owns. */
export const tenantFields = {
  name: nameField,
  /** Archived is what DELETE does. */
  status: z.enum(['active', 'suspended']).default('active'),
  quotaFallback: quotaFallbackField.default('local'),
};

export const cacheModeField = z.enum(['off', 'deterministic', 'always']);
export const cacheTtlSecondsField = z.int().min(0).max(MAX_CACHE_TTL_SECONDS);

export const cacheFields = {
  mode: cacheModeField.default('deterministic'),
  ttlSeconds: cacheTtlSecondsField.default(DEFAULT_CACHE_TTL_SECONDS),
};

export const allowedModelsField = z.array(modelPatternField).max(MAX_ALLOWED_MODELS);
export const requiredTagsField = z.array(tagNameField).max(MAX_TAGS);

export const tagsField = z
  .record(tagNameField, tagValueField)
  .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `must be at most ${MAX_TAGS} tags`);
