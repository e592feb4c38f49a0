import { z } from 'zod';

const mode = z.enum(['off', 'deterministic', 'always']);
const ttlSeconds = z.int().min(0).max(2_592_000);

/** Both members have the defaults of a new tenant. `semantic` is refused until the semantic cache is built: nothing is stored that does nothing. */
export const cachePolicySchema = z.strictObject({
  mode: mode.default('deterministic'),
  ttlSeconds: ttlSeconds.default(3_600),
  semantic: z.undefined({ error: 'The semantic cache is not available in this version' }).optional(),
});

export const cachePolicyViewSchema = z.strictObject({ mode, ttlSeconds });

export type CachePolicy = z.output<typeof cachePolicySchema>;
