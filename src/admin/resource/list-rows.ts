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

const MAX_PAGE_SIZE = 200;
const DEFAULT_PAGE_SIZE = 50;
const MAX_CURSOR_LENGTH = 2_048;

/** `?limit=&cursor=&sort=` of every list. Ids are UUIDv7, so that their order is that of creation. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
  cursor: z.string().max(MAX_CURSOR_LENGTH).optional(),
  sort: z.enum(['-createdAt', 'createdAt', 'name', '-name']).default('-createdAt'),
});

export type PageQuery = z.output<typeof pageQuerySchema>;

interface SortedRow extends ObjectLiteral {
  id: string;
  name?: string | null;
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
  const after = parseCursor(page);
  const isDescending = page.sort.startsWith('-');
  const direction = isDescending ? 'DESC' : 'ASC';
  const byName = page.sort.endsWith('name');
  const order = (byName ? { name: direction, id: direction } : { id: direction }) as FindOptionsOrder<Row>;
  const conditions = after === null ? where : continueAfter(where, after, { byName, isDescending });
  const found = await repository.find({ where: conditions, order, take: page.limit + 1 });
  const rows = found.slice(0, page.limit);
  const last = rows.at(-1);
  const hasMore = found.length > page.limit && last !== undefined;
  return { rows, nextCursor: hasMore ? renderCursor(page.sort, last) : null };
}

interface Position {
  name: string;
  id: string;
}

function continueAfter<Row extends SortedRow>(
  where: FindOptionsWhere<Row>,
  { name, id }: Position,
  { byName, isDescending }: { byName: boolean; isDescending: boolean },
): FindOptionsWhere<Row>[] {
  const beyond = <Value>(value: Value) => (isDescending ? LessThan(value) : MoreThan(value));
  const alternatives: Record<string, FindOperator<string>>[] = byName
    ? [{ name: beyond(name) }, { name: Equal(name), id: beyond(id) }]
    : [{ id: beyond(id) }];
  return alternatives.map((alternative) => narrow(where, alternative));
}

/** Both hold. A member that stands in both must satisfy both: `where` may be what keeps a tenant to its own row. */
function narrow<Row extends SortedRow>(
  where: FindOptionsWhere<Row>,
  position: Record<string, FindOperator<string>>,
): FindOptionsWhere<Row> {
  const both: Record<string, unknown> = { ...where };
  for (const [member, beyond] of Object.entries(position)) {
    const given = both[member];
    const isGiven = given !== undefined;
    both[member] = isGiven ? And(given instanceof FindOperator ? given : Equal(given), beyond) : beyond;
  }
  return both as FindOptionsWhere<Row>;
}

/** Opaque to clients: order, name and id of the last row, base64url. */
function renderCursor(sort: string, { name, id }: SortedRow): string {
  const position = sort.endsWith('name') ? (name ?? '') : '';
  return Buffer.from(JSON.stringify([sort, position, id])).toString('base64url');
}

const cursorSchema = z.tuple([z.string(), z.string(), z.string().refine(isUuid)]);

function parseCursor({ cursor, sort }: PageQuery): Position | null {
  if (cursor === undefined) return null;
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[0] !== sort || parsed.data[1].includes('\u0000')) {
    throw new GatewayError('invalid_request', { param: 'cursor', publicMessage: 'The cursor is invalid.' });
  }
  return { name: parsed.data[1], id: parsed.data[2] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it was, it is no cursor of ours; the caller says so.
    return null;
  }
}
