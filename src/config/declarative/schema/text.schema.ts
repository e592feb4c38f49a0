import { z } from 'zod';

const PRINTABLE = /^[^\s\p{Cc}](?:[^\p{Cc}]*[^\s\p{Cc}])?$/u;

/** One line without spaces around it, so that names mean the same wherever they are typed. */
export function line(maxLength: number) {
  return z.string().max(maxLength).regex(PRINTABLE, 'must be one line of text, without spaces around it');
}

export const nameSchema = line(128);

/** Names of limits and budgets that have none in the file begin so. */
export const DERIVED_NAME_PREFIX = 'auto:';

export const rowNameSchema = nameSchema.refine(
  (name) => !name.startsWith(DERIVED_NAME_PREFIX),
  `must not begin with "${DERIVED_NAME_PREFIX}"`,
);

export const modelNameSchema = line(256).refine((name) => !name.includes('*'), 'must not contain "*"');

/** Model names; `*` stands for any run of characters. */
export const modelPatternSchema = line(256);

export const tagNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be at most 64 letters, digits, "_", "." and "-"');

export const tagValueSchema = z
  .string()
  .regex(/^[^,=\s][^,=]{0,127}$/, 'must be at most 128 characters without "," and "="');

export const tagSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}=[^,=\s][^,=]{0,127}$/, 'must be written name=value');

export const userSchema = line(256);

export const enabledSchema = z.boolean().default(true);

/** A list that may also be left empty: `policies:` with nothing behind it. */
export function list<Item extends z.ZodType>(item: Item, maxLength = Number.MAX_SAFE_INTEGER) {
  return z
    .array(item)
    .max(maxLength)
    .nullish()
    .transform((items) => items ?? []);
}
