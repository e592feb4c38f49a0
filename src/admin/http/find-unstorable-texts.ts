import { isJsonObject, type JsonPath } from '../../common/json.js';

/** NUL and lone surrogates: PostgreSQL refuses the one and JSONB the other. */
const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

/** Paths of all texts, and of all members by name, that the database cannot hold. The input's depth is bounded by its parser. */
export function findUnstorableTexts(input: unknown, path: JsonPath = []): JsonPath[] {
  if (typeof input === 'string') return isStorable(input) ? [] : [path];
  if (Array.isArray(input))
    return input.flatMap((item, index) => findUnstorableTexts(item, [...path, index]));
  if (!isJsonObject(input)) return [];
  return Object.entries(input).flatMap(([name, value]) =>
    isStorable(name) ? findUnstorableTexts(value, [...path, name]) : [path],
  );
}
