import { parseInput } from '../http/parse-input.js';
import { type PageQuery, pageQuerySchema } from './list-rows.js';
import type { SortField } from './sort-fields.js';

/** A list's query: what every list takes, and the filters of this one, which its own schema checks. */
export function splitPageQuery(
  query: Record<string, string>,
  sortFields: readonly SortField[],
): {
  page: PageQuery;
  filters: Record<string, string>;
} {
  const page: Record<string, string> = {};
  const filters: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    if (name === 'limit' || name === 'cursor' || name === 'sort') page[name] = value;
    else filters[name] = value;
  }
  return { page: parseInput(pageQuerySchema(sortFields), page), filters };
}
