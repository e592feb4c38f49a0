import {
  BUCKET_MS,
  findTagName,
  planUsageSources,
  splitTag,
  type UsageSources,
} from './plan-usage-sources.js';
import { SqlParams } from './sql-params.js';
import { USAGE_MEASURES } from './usage-measures.js';
import type { UsageDimension, UsageFilters, UsageQuery } from './usage-query.js';
import { LEDGER, listRollupSides, type UsageSide } from './usage-sides.js';

/** 800 days: twice as long as the ledger is kept by default. */
const MAX_LISTED_MS = 800 * 86_400_000;

/** One statement, hence one snapshot of all tables. Columns: `startMs`, `d0`, `d1`, ..., and the measures' names. */
export function buildUsageSql(query: UsageQuery, limit: number): { text: string; params: unknown[] } {
  const params = new SqlParams();
  const selects = buildSelects(query, planUsageSources(query), params);
  const dimensions = query.groupBy.map((_, index) => `d${index}`);
  const keys = [`${renderStart(query, params)} AS "startMs"`, ...dimensions].join(', ');
  const sums = USAGE_MEASURES.map(({ name, column }) => `coalesce(sum(${column}), 0) AS "${name}"`).join(
    ', ',
  );
  const groupColumns = [...(query.interval === null ? [] : ['1']), ...dimensions].join(', ');
  // What is left of "everything less something" may be nothing.
  const tail =
    groupColumns &&
    `GROUP BY ${groupColumns} HAVING sum(requests) > 0 ORDER BY ${groupColumns} LIMIT ${limit}`;
  return {
    text: `SELECT ${keys}, ${sums} FROM (${selects.join(' UNION ALL ')}) AS used ${tail}`,
    params: params.values,
  };
}

/** Conditions on ledger rows, beginning with the time range. */
export function buildLedgerConditions(
  query: Omit<UsageQuery, 'groupBy' | 'interval' | 'timeZone'>,
  params: SqlParams,
): string {
  return buildConditions(LEDGER, query, params);
}

function buildSelects(query: UsageQuery, { rollup, ledger }: UsageSources, params: SqlParams): string[] {
  const selects = ledger.map((range) => buildSelect(LEDGER, { ...query, ...range }, params));
  if (rollup === null) return selects;
  const { tag, user } = query.filters;
  const showsRest =
    tag === undefined &&
    user === undefined &&
    query.groupBy.some((dimension) => dimension === 'user' || findTagName(dimension) !== null);
  for (const { isDaily, ...range } of rollup.ranges) {
    for (const side of listRollupSides(rollup.choice, showsRest, isDaily))
      selects.push(buildSelect(side, { ...query, ...range }, params));
  }
  return selects;
}

function buildSelect(side: UsageSide, query: UsageQuery, params: SqlParams): string {
  const columns = [
    `${side.bucket} AS at`,
    ...query.groupBy.map((dimension, index) => `${renderDimension(side, dimension, params)} AS d${index}`),
    ...USAGE_MEASURES.map(({ column }, index) => `${side.measures[index] ?? column} AS ${column}`),
  ];
  return `SELECT ${columns.join(', ')} FROM ${side.table} WHERE ${buildConditions(side, query, params)}`;
}

function buildConditions(
  side: UsageSide,
  { tenantId, filters, fromMs, toMs }: Pick<UsageQuery, 'tenantId' | 'filters' | 'fromMs' | 'toMs'>,
  params: SqlParams,
): string {
  const conditions = [`${side.time} >= ${params.addTime(fromMs)}`, `${side.time} < ${params.addTime(toMs)}`];
  if (tenantId !== null) conditions.push(`tenant_id = ${params.add(tenantId)}`);
  if (side.tagName !== null) conditions.push(`tag_name = ${params.add(side.tagName)}`);
  return [...conditions, ...renderFilters(side, filters, params)].join(' AND ');
}

function renderFilters(side: UsageSide, filters: UsageFilters, params: SqlParams): string[] {
  const conditions: string[] = [];
  if (filters.keyId !== undefined) conditions.push(`key_id = ${params.add(filters.keyId)}`);
  if (filters.model !== undefined) conditions.push(`model = ${params.add(filters.model)}`);
  if (filters.providerId !== undefined) conditions.push(`provider_id = ${params.add(filters.providerId)}`);
  if (filters.statusClass !== undefined)
    conditions.push(`${side.statusClass} = ${params.add(filters.statusClass)}::int`);
  if (filters.user !== undefined) conditions.push(`${side.user} = ${params.add(filters.user)}`);
  if (filters.tag !== undefined) {
    const [name, value] = splitTag(filters.tag);
    conditions.push(`${side.renderTag(name, params)} = ${params.add(value)}`);
  }
  return conditions;
}

function renderDimension(side: UsageSide, dimension: UsageDimension, params: SqlParams): string {
  switch (dimension) {
    case 'tenant':
      return 'tenant_id::text';
    case 'key':
      return 'key_id::text';
    case 'model':
      return 'model';
    case 'provider':
      return `${side.providerId}::text`;
    case 'status':
      return `(${side.statusClass})::text || 'xx'`;
    case 'user':
      return side.user;
    default:
      return side.renderTag(dimension.slice('tag:'.length), params);
  }
}

/**
 * The interval's start of the bucket `at`. The starts of all buckets of the range are found once, as an array in which each
 * row looks up its own: to find the local hour, day or month anew for every row takes most of a report's time. A range too
 * long for such an array still does.
 */
function renderStart({ interval, timeZone, fromMs, toMs }: UsageQuery, params: SqlParams): string {
  if (interval === null) return 'NULL::bigint';
  const render = (bucket: string): string =>
    `(extract(epoch FROM date_trunc('${interval}', ${bucket}, ${params.add(timeZone)}::text)) * 1000)::bigint`;
  if (toMs - fromMs > MAX_LISTED_MS) return render('at');
  const firstMs = Math.floor(fromMs / BUCKET_MS) * BUCKET_MS;
  const buckets = `generate_series(${params.addTime(firstMs)}, ${params.addTime(toMs)}, '15 minutes')`;
  const starts = `(SELECT array_agg(${render('bucket')} ORDER BY bucket) FROM ${buckets} AS bucket)`;
  const position = `((date_part('epoch', at) - ${params.add(firstMs / 1000)}::float8) / ${BUCKET_MS / 1000})::int + 1`;
  return `(${starts})[${position}]`;
}
