import { z } from 'zod';
import { GatewayError } from '../../errors/gateway-error.js';
import { isUuid } from '../../common/ids.js';

export const MAX_PAGE_SIZE = 200;

/** `?limit=&cursor=` of every list. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(50),
  cursor: z.string().max(256).optional(),
});

export interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}

/** Cursors are opaque to clients: the id of the last row, base64url. */
export function renderCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** @throws GatewayError('invalid_request') for a cursor that was tampered with. */
export function parseCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!isUuid(id)) throw new GatewayError('invalid_request', { param: 'cursor', publicMessage: 'The cursor is invalid.' });
  return id;
}

/** Rows were read with one more than `limit`, which tells whether there is a next page. */
export function buildPage<Row extends { id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  render: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  const hasMore = rows.length > limit && last !== undefined;
  return { data: shown.map(render), nextCursor: hasMore ? renderCursor(last.id) : null };
}
