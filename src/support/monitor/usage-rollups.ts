import { USAGE_MEASURES } from './usage-measures.js';

type QuarterTable = 'usage_tenant_rollup' | 'usage_rollup' | 'usage_tag_rollup' | 'usage_user_rollup';

/** Sums of ledger rows in buckets of 15 minutes or one UTC day, kept by the statement that inserts those rows. */
export interface UsageRollup {
  table: QuarterTable | `${QuarterTable}_daily`;
  /** The primary key in its order: the column and its value on a ledger row. */
  keys: readonly (readonly [column: string, ofRow: string])[];
  /** Follows FROM and the name of the ledger rows. */
  joined: string;
}

/** Stands for "no provider" in `usage_rollup`. */
export const NO_PROVIDER = '00000000-0000-0000-0000-000000000000';

export const BUCKET_OF_ROW = `date_bin('15 minutes', started_at, 'epoch'::timestamptz)`;

const TENANT = ['tenant_id', 'tenant_id'] as const;
const BUCKET = ['bucket', BUCKET_OF_ROW] as const;

const TENANTS: UsageRollup = { table: 'usage_tenant_rollup', keys: [TENANT, BUCKET], joined: '' };

/**
 * Tags and users have tables of their own: beside key, model, provider and status they would multiply the rows. None has
 * more rows than the ledger (tags: than the ledger's tags), however many names and users callers invent.
 */
const DETAILED: readonly (UsageRollup & { table: QuarterTable })[] = [
  {
    table: 'usage_rollup',
    keys: [
      TENANT,
      BUCKET,
      ['key_id', 'key_id'],
      ['model', 'model'],
      ['provider_id', `coalesce(provider_id, '${NO_PROVIDER}')`],
      ['status_class', 'status / 100'],
    ],
    joined: '',
  },
  {
    table: 'usage_tag_rollup',
    keys: [TENANT, ['tag_name', 'tag_name'], BUCKET, ['tag_value', 'tag_value']],
    joined: 'CROSS JOIN LATERAL jsonb_each_text(tags) AS tag (tag_name, tag_value)',
  },
  {
    table: 'usage_user_rollup',
    keys: [TENANT, ['end_user', 'end_user'], BUCKET],
    joined: 'WHERE end_user IS NOT NULL',
  },
];

/** Few rows where a report needs no more: by tenant alone, or whole days. */
export const USAGE_ROLLUPS: readonly UsageRollup[] = [TENANTS, ...DETAILED, ...DETAILED.map(toDaily)];

function toDaily({ table, keys, joined }: UsageRollup & { table: QuarterTable }): UsageRollup {
  const daily = BUCKET_OF_ROW.replace('15 minutes', '1 day');
  return {
    table: `${table}_daily`,
    keys: keys.map((key) => (key === BUCKET ? (['bucket', daily] as const) : key)),
    joined,
  };
}

/** Adds the ledger rows named `rows` (a table or a CTE) to the roll-up, its rows in key order. */
export function buildRollupInsert({ table, keys, joined }: UsageRollup, rows: string): string {
  const keyColumns = keys.map(([column]) => column).join(', ');
  const positions = keys.map((_, index) => index + 1).join(', ');
  const selected = [
    ...keys.map(([, ofRow]) => ofRow),
    ...USAGE_MEASURES.map(({ ofRow }) => `sum(${ofRow})`),
  ].join(', ');
  const columns = USAGE_MEASURES.map(({ column }) => column);
  return `INSERT INTO ${table} AS total (${keyColumns}, ${columns.join(', ')})
    SELECT ${selected} FROM ${rows} ${joined} GROUP BY ${positions} ORDER BY ${positions}
    ON CONFLICT (${keyColumns}) DO UPDATE SET
      ${columns.map((column) => `${column} = total.${column} + excluded.${column}`).join(', ')}`;
}
