import type { z } from 'zod';
import { nameField } from '../../fields/text-fields.js';

/** Names of limits and budgets that have none in the file begin so. */
export const DERIVED_NAME_PREFIX = 'auto:';

export const rowNameSchema = nameField.refine(
  (name) => !name.startsWith(DERIVED_NAME_PREFIX),
  `must not begin with "${DERIVED_NAME_PREFIX}"`,
);

/** A list that may also be left empty: `policies:` with nothing behind it. */
export function list<Item>(items: z.ZodType<Item[]>) {
  return items.nullish().transform((given) => given ?? []);
}
