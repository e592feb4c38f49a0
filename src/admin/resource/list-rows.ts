import {
  And,
  Equal,
  FindOperator,
  type FindOptionsOrder,
  type FindOptionsWhere,
  LessThan,
  MoreThan,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';
import { z } from 'zod';
import { GatewayError } from '../../errors/gateway-error.js';
import { isUuid } from '../../common/ids.js';
import { parsePosition, parseSort, type Sort, type SortField } from './sort-fields.js';

const MAX_PAGE_SIZE = 200;
const DEFAULT_PAGE_SIZE = 50;
const MAX_CURSOR_LENGTH = 2_048;

/** `?limit=&cursor=&sort=` of a list. Ids are UUIDv7, so that their order is that of creation. */
export function pageQuerySchema(fields: readonly SortField[]) {
  const sorts = ['createdAt', ...fields].flatMap((field) => [`-${field}`, field]);
  return z.object({
    limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
    cursor: z.string().max(MAX_CURSOR_LENGTH).optional(),
    sort: z.enum(sorts).default('-createdAt'),
  });
}

export type PageQuery = z.output<ReturnType<typeof pageQuerySchema>>;

interface SortedRow extends ObjectLiteral {
  id: string;
}

/**
 * One page of rows by keyset: the statement begins after the last row of the page before, whatever was inserted since.
 * @param where one condition, which every statement carries, such as the owner.
 * @throws GatewayError('invalid_request') for a cursor that was tampered with or belongs to another order.
 */
export async function listRows<Row extends SortedRow>(
  repository: Repository<Row>,
  where: FindOptionsWhere<Row>,
  page: PageQuery,
): Promise<{ rows: Row[]; nextCursor: string | null }> {
  const sort = parseSort(page.sort);
  const after = parseCursor(page, sort);
  const direction = sort.isDescending ? 'DESC' : 'ASC';
  const byField = sort.field === null ? {} : { [sort.field]: direction };
  const order = { ...byField, id: direction } as FindOptionsOrder<Row>;
  const conditions = after === null ? where : continueAfter(where, after, sort);
  const found = await repository.find({ where: conditions, order, take: page.limit + 1 });
  const rows = found.slice(0, page.limit);
  const last = rows.at(-1);
  const hasMore = found.length > page.limit && last !== undefined;
  return { rows, nextCursor: hasMore ? renderCursor(page.sort, sort, last) : null };
}

interface Position {
  value: unknown;
  id: string;
}

/** Rows of the same value go on by their ids. */
function continueAfter<Row extends SortedRow>(
  where: FindOptionsWhere<Row>,
  { value, id }: Position,
  { field, isDescending }: Sort,
): FindOptionsWhere<Row>[] {
  const beyond = (bound: unknown) => (isDescending ? LessThan(bound) : MoreThan(bound));
  const alternatives: Record<string, FindOperator<unknown>>[] =
    field === null
      ? [{ id: beyond(id) }]
      : [{ [field]: beyond(value) }, { [field]: Equal(value), id: beyond(id) }];
  return alternatives.map((alternative) => narrow(where, alternative));
}

/** Both hold. A member that stands in both must satisfy both: `where` may be what keeps a tenant to its own row. */
function narrow<Row extends SortedRow>(
  where: FindOptionsWhere<Row>,
  position: Record<string, FindOperator<unknown>>,
): FindOptionsWhere<Row> {
  const both: Record<string, unknown> = { ...where };
  for (const [member, beyond] of Object.entries(position)) {
    const given = both[member];
    const isGiven = given !== undefined;
    both[member] = isGiven ? And(given instanceof FindOperator ? given : Equal(given), beyond) : beyond;
  }
  return both as FindOptionsWhere<Row>;
}

/** Opaque to clients: order, value and id of the last row, base64url. */
function renderCursor(text: string, { field }: Sort, row: SortedRow): string {
  const value: unknown = field === null ? '' : row[field];
  return Buffer.from(JSON.stringify([text, value, row.id])).toString('base64url');
}

const cursorSchema = z.tuple([z.string(), z.unknown(), z.string().refine(isUuid)]);

function parseCursor({ cursor, sort: text }: PageQuery, sort: Sort): Position | null {
  if (cursor === undefined) return null;
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  const position = parsed.success && parsed.data[0] === text ? parsePosition(sort, parsed.data[1]) : null;
  if (!parsed.success || position === null) {
    throw new GatewayError('invalid_request', { param: 'cursor', publicMessage: 'The cursor is invalid.' });
  }
  return { value: position.value, id: parsed.data[2] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it was, it is no cursor of ours; the caller says so.
    return null;
  }
}
