import { z } from 'zod';
import { cacheFields, cacheModeField, cacheTtlSecondsField } from '../../config/fields/tenant-fields.js';

/** Both members have the defaults of a new tenant. `semantic` is refused until the semantic cache is built: nothing is stored that does nothing. */
export const cachePolicySchema = z.strictObject({
  ...cacheFields,
  semantic: z.undefined({ error: 'The semantic cache is not available in this version' }).optional(),
});

export const cachePolicyViewSchema = z.strictObject({
  mode: cacheModeField,
  ttlSeconds: cacheTtlSecondsField,
});

export type CachePolicy = z.output<typeof cachePolicySchema>;
