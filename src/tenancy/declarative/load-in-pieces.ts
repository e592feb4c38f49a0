import {
  Any,
  type EntityManager,
  type EntityTarget,
  type FindOptionsOrder,
  type FindOptionsWhere,
} from 'typeorm';

/** Making entities of more rows at once would keep the event loop for a noticeable time. */
const ROWS_PER_PIECE = 2_000;

interface Identified {
  id: string;
}

interface Wanted<Row> {
  where?: FindOptionsWhere<Row> | FindOptionsWhere<Row>[];
  order?: FindOptionsOrder<Row>;
}

/**
 * As `find`, for tables that may have a hundred thousand rows: requests are served in between. The ids are read first, so rows
 * that are deleted meanwhile are missing.
 */
export async function loadInPieces<Row extends Identified>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  wanted: Wanted<Row> = {},
): Promise<Row[]> {
  const ids = await manager
    .createQueryBuilder(entity, 'found')
    .setFindOptions({ ...wanted, select: { id: true } as object })
    .getRawMany<{ found_id: string }>();
  return loadByIds(
    manager,
    entity,
    ids.map((row) => row.found_id),
  );
}

/** Rows in the order of their ids' list. */
export async function loadByIds<Row extends Identified>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  ids: readonly string[],
): Promise<Row[]> {
  const loaded: Row[] = [];
  for (let from = 0; from < ids.length; from += ROWS_PER_PIECE) {
    const piece = ids.slice(from, from + ROWS_PER_PIECE);
    const rows = await manager.findBy(entity, { id: Any(piece) } as FindOptionsWhere<Row>);
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const id of piece) {
      const row = byId.get(id);
      if (row !== undefined) loaded.push(row);
    }
  }
  return loaded;
}
