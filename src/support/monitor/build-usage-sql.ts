import { planUsageSources, type UsageDimension, type UsageFilters, type UsageQuery } from './usage-query.js';

/** Sums of a report: name in the result, column of the roll-up, expression on a ledger row. */
const MEASURES: readonly [name: string, rollupColumn: string, ledgerExpression: string][] = [
  ['requests', 'requests', '1'],
  ['cacheHits', 'cache_hits', `(cache = 'hit')::int`],
  ['sharedHits', 'shared_hits', `(cache = 'shared')::int`],
  ['unpriced', 'unpriced', '(cost_nano_usd IS NULL)::int'],
  ['unmetered', 'unmetered', '(input_tokens IS NULL)::int'],
  ['inputTokens', 'input_tokens', 'coalesce(input_tokens, 0)'],
  ['outputTokens', 'output_tokens', 'coalesce(output_tokens, 0)'],
  ['cacheReadTokens', 'cache_read_tokens', 'coalesce(cache_read_tokens, 0)'],
  ['cacheWriteTokens', 'cache_write_tokens', 'coalesce(cache_write_tokens, 0)'],
  ['reasoningTokens', 'reasoning_tokens', 'coalesce(reasoning_tokens, 0)'],
  ['costNanoUsd', 'cost_nano_usd', 'coalesce(cost_nano_usd, 0)'],
  ['durationUs', 'duration_us', 'duration_us'],
];

/** Largest timestamp that both sides can express; ends beyond it mean "until ever". */
const MAX_TIME_MS = Date.UTC(9999, 11, 31);

/** Collects parameters while the text is written: `add(value)` gives `$n`. */
export class SqlParams {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  addTime(epochMs: number): string {
    return `to_timestamp(${this.add(Math.min(epochMs, MAX_TIME_MS))}::float8 / 1000)`;
  }
}

interface Side {
  table: string;
  time: string;
  statusClass: string;
  providerId: string;
  measures: string[];
}

const ROLLUP: Side = {
  table: 'usage_rollup',
  time: 'bucket',
  statusClass: 'status_class',
  providerId: `nullif(provider_id, '00000000-0000-0000-0000-000000000000')`,
  measures: MEASURES.map(([, column]) => column),
};

const LEDGER: Side = {
  table: 'usage_ledger',
  time: 'started_at',
  statusClass: 'status / 100',
  providerId: 'provider_id',
  measures: MEASURES.map(([, , expression]) => expression),
};

/** One statement, hence one snapshot of both tables. Columns: `startMs`, `d0`, `d1`, ..., and the measures' names. */
export function buildUsageSql(query: UsageQuery): { text: string; params: unknown[] } {
  const params = new SqlParams();
  const sources = planUsageSources(query);
  const selects = sources.ledger.map((range) => buildSelect(LEDGER, { ...query, ...range }, params));
  if (sources.rollup !== null) selects.push(buildSelect(ROLLUP, { ...query, ...sources.rollup }, params));
  const dimensions = query.groupBy.map((_, index) => `d${index}`);
  const start = renderStart(query, params);
  const keys = [`${start} AS "startMs"`, ...dimensions].join(', ');
  const sums = MEASURES.map(([name, column]) => `coalesce(sum(${column}), 0) AS "${name}"`).join(', ');
  const isGrouped = query.interval !== null || dimensions.length > 0;
  const groupColumns = [...(query.interval === null ? [] : ['1']), ...dimensions].join(', ');
  const tail = isGrouped ? `GROUP BY ${groupColumns} ORDER BY ${groupColumns}` : '';
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

function buildSelect(side: Side, query: UsageQuery, params: SqlParams): string {
  const columns = [
    `${side.time} AS at`,
    ...query.groupBy.map((dimension, index) => `${renderDimension(side, dimension, params)} AS d${index}`),
    ...MEASURES.map(([, column], index) => `${side.measures[index] ?? column} AS ${column}`),
  ];
  return `SELECT ${columns.join(', ')} FROM ${side.table} WHERE ${buildConditions(side, query, params)}`;
}

function buildConditions(
  side: Side,
  { tenantId, filters, fromMs, toMs }: Pick<UsageQuery, 'tenantId' | 'filters' | 'fromMs' | 'toMs'>,
  params: SqlParams,
): string {
  const conditions = [`${side.time} >= ${params.addTime(fromMs)}`, `${side.time} < ${params.addTime(toMs)}`];
  if (tenantId !== null) conditions.push(`tenant_id = ${params.add(tenantId)}`);
  return [...conditions, ...renderFilters(side, filters, params)].join(' AND ');
}

function renderFilters(side: Side, filters: UsageFilters, params: SqlParams): string[] {
  const conditions: string[] = [];
  if (filters.keyId !== undefined) conditions.push(`key_id = ${params.add(filters.keyId)}`);
  if (filters.model !== undefined) conditions.push(`model = ${params.add(filters.model)}`);
  if (filters.providerId !== undefined) conditions.push(`provider_id = ${params.add(filters.providerId)}`);
  if (filters.statusClass !== undefined)
    conditions.push(`${side.statusClass} = ${params.add(filters.statusClass)}::int`);
  if (filters.user !== undefined) conditions.push(`end_user = ${params.add(filters.user)}`);
  if (filters.tag !== undefined) {
    const [name, value] = splitTag(filters.tag);
    conditions.push(`tags ->> ${params.add(name)}::text = ${params.add(value)}`);
  }
  return conditions;
}

function renderDimension(side: Side, dimension: UsageDimension, params: SqlParams): string {
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
      return 'end_user';
    default:
      return `tags ->> ${params.add(dimension.slice('tag:'.length))}::text`;
  }
}

function renderStart({ interval, timeZone }: UsageQuery, params: SqlParams): string {
  if (interval === null) return 'NULL';
  const start = `date_trunc(${params.add(interval)}::text, at, ${params.add(timeZone)}::text)`;
  return `(extract(epoch FROM ${start}) * 1000)::bigint`;
}

export function splitTag(tag: string): [name: string, value: string] {
  const separator = tag.indexOf('=');
  return separator === -1 ? [tag, ''] : [tag.slice(0, separator), tag.slice(separator + 1)];
}
