import type { SqlClient } from '../../storage/database/sql-client.port.js';
import { buildDayCountSql, buildRowCountSql } from './build-usage-sql.js';
import { hasHoursOfUtc, MAX_LISTED_MS, type TimeRange } from './plan-rollup-parts.js';
import { LEVEL_MS } from './rollup-levels.js';
import type { UsageQuery } from './usage-query.js';

const COUNTED_AT_ONCE_MS = 30 * LEVEL_MS.day;

/**
 * Asked first, because to sum a report that is then refused would take longer than any other. Cheap unless it is close: days
 * of UTC have few rows, and say at least how many rows hours have and about how many the days of a zone have.
 */
export async function hasMoreRows(sql: SqlClient, query: UsageQuery, limit: number): Promise<boolean> {
  if (query.interval !== 'hour' && query.interval !== 'day') return false;
  const counting = buildDayCountSql(query);
  if (counting === null) return false;
  const [seen] = await sql.query<{ groups: number; days: number }>(counting.text, counting.params);
  const { groups = 0, days = 0 } = seen ?? {};
  if (days > limit) return true;
  const hours = (query.toMs - query.fromMs) / LEVEL_MS.hour;
  if (query.interval === 'day' || groups * hours <= limit) return false;
  let rows = 0;
  for (const range of splitForCount(query)) {
    const { text, params } = buildRowCountSql({ ...query, ...range });
    const [counted] = await sql.query<{ rows: number }>(text, params);
    rows += counted?.rows ?? 0;
    if (rows > limit) return true;
  }
  return false;
}

/** No hour of UTC is in two parts, so their rows add up, and a report with far too many rows is known by the first. */
function splitForCount({ fromMs, toMs, timeZone }: UsageQuery): TimeRange[] {
  const isSplit = toMs - fromMs <= MAX_LISTED_MS && hasHoursOfUtc({ fromMs, toMs }, timeZone);
  const firstMs = Math.floor(fromMs / LEVEL_MS.hour) * LEVEL_MS.hour;
  const stepMs = isSplit ? COUNTED_AT_ONCE_MS : Infinity;
  const ranges: TimeRange[] = [];
  for (let atMs = fromMs; atMs < toMs;) {
    const endMs = Math.min(toMs, firstMs + (ranges.length + 1) * stepMs);
    ranges.push({ fromMs: atMs, toMs: endMs });
    atMs = endMs;
  }
  return ranges;
}
