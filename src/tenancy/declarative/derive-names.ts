import type { DeclaredScope } from '../../config/declarative/declarative-config.js';
import { DERIVED_NAME_PREFIX } from '../../config/declarative/schema/text.schema.js';

/**
 * Names for rows that have none in the file, made of what they limit. So a row is recognised, and goes on counting, when its
 * amount is changed or others are written before it; several of the same content are told apart by their order.
 */
export function deriveNames<Declared extends { name: string | null; scope: DeclaredScope }>(
  declared: readonly Declared[],
  describe: (row: Declared) => string,
): { name: string; row: Declared }[] {
  const counts = new Map<string, number>();
  return declared.map((row) => {
    if (row.name !== null) return { name: row.name, row };
    const content = `${DERIVED_NAME_PREFIX}${describe(row)}${renderScope(row.scope)}`;
    const count = (counts.get(content) ?? 0) + 1;
    counts.set(content, count);
    return { name: count === 1 ? content : `${content}#${count}`, row };
  });
}

function renderScope(scope: DeclaredScope): string {
  const members = (['key', 'model', 'tag', 'user'] as const).flatMap((member) => {
    const value = scope[member];
    return value === undefined ? [] : [`${member}=${encodeURIComponent(value)}`];
  });
  return members.map((member) => ` ${member}`).join('');
}
