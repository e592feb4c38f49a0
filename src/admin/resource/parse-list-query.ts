import type { z } from 'zod';
import { findFaults, parseInput } from '../http/parse-input.js';
import { type PageQuery, pageQuerySchema } from './list-rows.js';
import type { SortField } from './sort-fields.js';

/**
 * A list's query: what every list takes, and the filters of this one.
 * @throws GatewayError('invalid_request') with all invalid members of both.
 */
export function parseListQuery<Filter extends z.ZodType>(
  query: Record<string, string>,
  { sortFields, filterSchema }: { sortFields: readonly SortField[]; filterSchema: Filter },
): { page: PageQuery; filter: z.output<Filter> } {
  const page: Record<string, string> = {};
  const filter: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    if (name === 'limit' || name === 'cursor' || name === 'sort') page[name] = value;
    else filter[name] = value;
  }
  const pageSchema = pageQuerySchema(sortFields);
  const faults = findFaults(pageSchema, page);
  return { filter: parseInput(filterSchema, filter, faults), page: parseInput(pageSchema, page) };
}
