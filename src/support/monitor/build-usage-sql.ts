import type { RollupPart, TimeRange } from './plan-rollup-parts.js';
import { isTagOrUser, planUsageSources, splitTag, type UsageSources } from './plan-usage-sources.js';
import { renderIntervalStart } from './render-interval-start.js';
import { SqlParams } from './sql-params.js';
import { renderSum, USAGE_MEASURES } from './usage-measures.js';
import type { UsageDimension, UsageFilters, UsageQuery } from './usage-query.js';
import { NO_PROVIDER } from './usage-rollups.js';
import { describeRollup, LEDGER, LEDGER_WITHOUT_NAMES, type UsageSide } from './usage-sides.js';

export interface SqlStatement {
  text: string;
  params: unknown[];
}

/** Part of the range, and the buckets in it. */
type Part = TimeRange & Partial<RollupPart>;

/**
 * One statement, hence one snapshot of all tables. Columns: `startMs`, `d0`, `d1`, ..., and `sums`: the measures in their order
 * as one text, which takes half the time to read. Values become text only after rows were added up: there are far fewer groups
 * than rows.
 */
export function buildUsageSql(query: UsageQuery, limit: number): SqlStatement {
  const sources = planUsageSources(query);
  const params = new SqlParams();
  const groups = listGroups(query);
  const start = renderIntervalStart(query, params);
  const sums = USAGE_MEASURES.map(({ column }) => `${renderSum(column)} AS ${column}`);
  const showsRest = sources.rollup?.everything != null;
  const rows = showsRest ? buildNamedAndAll(query, sources, params) : buildSelects(query, sources, params);
  const summed = `SELECT ${[`${start.ofRow} AS start_at`, ...listColumns(query), ...sums].join(', ')}
    FROM (${rows.join(' UNION ALL ')}) AS used ${groups && `GROUP BY ${groups}`}`;
  const report = showsRest ? `(WITH summed AS MATERIALIZED (${summed}) ${splitRest(query)})` : `(${summed})`;
  const columns = [
    `${start.inMs} AS "startMs"`,
    ...query.groupBy.map((dimension, index) => `${renderValue(dimension, index)} AS d${index}`),
    `concat_ws(' ', ${USAGE_MEASURES.map(({ column }) => column).join(', ')}) AS sums`,
  ];
  const order = groups && `ORDER BY ${renderOrder(query)} LIMIT ${limit}`;
  return { text: `SELECT ${columns.join(', ')} FROM ${report} AS report ${order}`, params: params.values };
}

/**
 * The report's groups as days of UTC have them: `groups` counts each once, `days` once for every day it is seen on. Null where
 * no roll-up says it.
 */
export function buildDayCountSql(query: UsageQuery): SqlStatement | null {
  const { rollup } = planUsageSources({ ...query, interval: null });
  const [longest] = rollup?.parts ?? [];
  if (rollup === null || longest === undefined || query.groupBy.length === 0) return null;
  const params = new SqlParams();
  const columns = listColumns(query).join(', ');
  const rows = buildSelect(describeRollup(rollup.choice, longest.level), query, longest, params);
  return {
    text: `SELECT count(*)::float8 AS groups, coalesce(sum(days), 0)::float8 AS days FROM (
      SELECT count(*) AS days FROM (
        SELECT DISTINCT date_bin('1 day', at, 'epoch'::timestamptz), ${columns} FROM (${rows}) AS used
      ) AS seen GROUP BY ${columns}
    ) AS counted`,
    params: params.values,
  };
}

/** `rows`: how many the report has at least, which are those of whole buckets. */
export function buildRowCountSql(query: UsageQuery): SqlStatement {
  const params = new SqlParams();
  const { ofRow } = renderIntervalStart(query, params);
  const rows = buildSelects(query, { ...planUsageSources(query), ledger: [] }, params);
  return {
    text: `SELECT count(*)::float8 AS rows FROM (
      SELECT DISTINCT ${[ofRow, ...listColumns(query)].join(', ')} FROM (${rows.join(' UNION ALL ')}) AS used
    ) AS seen`,
    params: params.values,
  };
}

/** Conditions on ledger rows, beginning with the time range. */
export function buildLedgerConditions(
  { fromMs, toMs, ...query }: Omit<UsageQuery, 'groupBy' | 'interval' | 'timeZone'>,
  params: SqlParams,
): string {
  return buildConditions(LEDGER, query, { fromMs, toMs }, params);
}

function buildSelects(query: UsageQuery, { rollup, ledger }: UsageSources, params: SqlParams): string[] {
  const edges = ledger.map((range) => buildSelect(LEDGER, query, range, params));
  if (rollup === null) return edges;
  const { choice, parts } = rollup;
  return [
    ...edges,
    ...parts.map((part) => buildSelect(describeRollup(choice, part.level), query, part, params)),
  ];
}

/** The requests with a tag or user under its name, and then all requests under none: see `splitRest`. */
function buildNamedAndAll(query: UsageQuery, sources: UsageSources, params: SqlParams): string[] {
  const named = `SELECT * FROM (${buildSelects(query, sources, params).join(' UNION ALL ')}) AS named
    WHERE ${listNames(query)[0]} IS NOT NULL`;
  const edges = sources.ledger.map((range) => buildSelect(LEDGER_WITHOUT_NAMES, query, range, params));
  const everything = (sources.rollup?.everything ?? []).map((part) =>
    buildSelect(describeRollup({ by: 'tenant' }, part.level), query, part, params),
  );
  return [named, ...edges, ...everything];
}

/** The requests without a tag or user are all requests less those that have one, in the same snapshot. */
function splitRest(query: UsageQuery): string {
  const names = listNames(query);
  const isNamed = `${names[0]} IS NOT NULL`;
  const columns = ['start_at', ...listColumns(query)];
  const keys = columns.map((column) => (names.includes(column) ? `NULL::text AS ${column}` : column));
  const rest = USAGE_MEASURES.map(({ column }) =>
    renderSum(`CASE WHEN ${isNamed} THEN -${column} ELSE ${column} END`),
  );
  const others = columns.filter((column) => !names.includes(column)).join(', ');
  return `SELECT * FROM summed WHERE ${isNamed} UNION ALL
    SELECT ${[...keys, ...rest].join(', ')} FROM summed GROUP BY ${others} HAVING ${rest[0]} > 0`;
}

function buildSelect(side: UsageSide, query: UsageQuery, part: Part, params: SqlParams): string {
  const columns = [
    `${side.time} AS at`,
    ...query.groupBy.map((dimension, index) => `${renderDimension(side, dimension, params)} AS g${index}`),
    ...USAGE_MEASURES.map(({ column }, index) => `${side.measures[index] ?? column} AS ${column}`),
  ];
  return `SELECT ${columns.join(', ')} FROM ${side.table} WHERE ${buildConditions(side, query, part, params)}`;
}

function buildConditions(
  side: UsageSide,
  { tenantId, filters }: Pick<UsageQuery, 'tenantId' | 'filters'>,
  { fromMs, toMs, only = null, except = [] }: Part,
  params: SqlParams,
): string {
  const conditions = [`${side.time} >= ${params.addTime(fromMs)}`, `${side.time} < ${params.addTime(toMs)}`];
  if (only !== null) conditions.push(`${side.time} = ANY(${params.addTimes(only)})`);
  if (except.length > 0) conditions.push(`${side.time} <> ALL(${params.addTimes(except)})`);
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

function listColumns({ groupBy }: UsageQuery): string[] {
  return groupBy.map((_, index) => `g${index}`);
}

/** Columns with the name of a tag or user. */
function listNames(query: UsageQuery): string[] {
  return listColumns(query).filter((_, index) => isTagOrUser(query.groupBy[index] ?? 'tenant'));
}

/** Empty for a report of one row. */
function listGroups(query: UsageQuery): string {
  return [...(query.interval === null ? [] : ['start_at']), ...listColumns(query)].join(', ');
}

/** UUIDs and numbers sort as their text does; names by code point, whatever the database's locale. */
function renderOrder(query: UsageQuery): string {
  const isText = (dimension: UsageDimension): boolean => dimension === 'model' || isTagOrUser(dimension);
  const columns = query.groupBy.map((one, index) => `g${index}${isText(one) ? ' COLLATE "C"' : ''}`);
  return ['start_at', ...columns].join(', ');
}

/** As the report shows the group's value. */
function renderValue(dimension: UsageDimension, index: number): string {
  switch (dimension) {
    case 'tenant':
    case 'key':
      return `g${index}::text`;
    case 'provider':
      return `nullif(g${index}, '${NO_PROVIDER}')::text`;
    case 'status':
      return `g${index}::text || 'xx'`;
    default:
      return `g${index}`;
  }
}

function renderDimension(side: UsageSide, dimension: UsageDimension, params: SqlParams): string {
  switch (dimension) {
    case 'tenant':
      return 'tenant_id';
    case 'key':
      return 'key_id';
    case 'model':
      return 'model';
    case 'provider':
      return side.providerId;
    case 'status':
      return side.statusClass;
    case 'user':
      return side.user;
    default:
      return side.renderTag(dimension.slice('tag:'.length), params);
  }
}
