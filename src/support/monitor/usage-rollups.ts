import { LEVEL_MS, type RollupLevel } from './rollup-levels.js';
import { renderSum, USAGE_MEASURES } from './usage-measures.js';

/** What a roll-up's rows are told apart by, beside the tenant and the bucket; `detail` is key, model, provider and status. */
export type RollupKind = 'tenant' | 'key' | 'model' | 'provider' | 'status' | 'detail' | 'tag' | 'user';

const SUFFIXES = { day: '_daily', sixHours: '_six_hourly', hour: '_hourly', quarter: '' } as const;

type BaseTable = 'usage_rollup' | `usage_${Exclude<RollupKind, 'detail'>}_rollup`;

/** Sums of ledger rows in buckets of one length, kept by the statement that inserts those rows. */
export interface UsageRollup {
  table: `${BaseTable}${(typeof SUFFIXES)[RollupLevel]}`;
  /** The primary key in its order: the column and its value on a ledger row. */
  keys: readonly RollupKey[];
  /** Follows FROM and the name of the ledger rows. */
  joined: string;
}

type RollupKey = readonly [column: string, ofRow: string];

interface RollupFamily {
  table: BaseTable;
  keys: readonly (RollupKey | typeof BUCKET)[];
  joined: string;
  /** Coarsest first. */
  levels: readonly RollupLevel[];
}

/** Stands for "no provider" in roll-ups. */
export const NO_PROVIDER = '00000000-0000-0000-0000-000000000000';

const BUCKET = 'bucket';
const TENANT = ['tenant_id', 'tenant_id'] as const;
const KEY = ['key_id', 'key_id'] as const;
const MODEL = ['model', 'model'] as const;
const PROVIDER = ['provider_id', `coalesce(provider_id, '${NO_PROVIDER}')`] as const;
const STATUS = ['status_class', 'status / 100'] as const;

/**
 * A report reads the coarsest buckets that fit its intervals, of the narrowest roll-up that has its dimensions. Which levels
 * exist: those that have far fewer rows than the next finer one.
 *
 * Tags and users have tables of their own: beside key, model, provider and status they would multiply the rows. None has
 * more rows than the ledger (tags: than the ledger's tags), however many names and users callers invent.
 */
const FAMILIES: Record<RollupKind, RollupFamily> = {
  tenant: {
    table: 'usage_tenant_rollup',
    keys: [TENANT, BUCKET],
    joined: '',
    levels: ['sixHours', 'hour', 'quarter'],
  },
  key: { table: 'usage_key_rollup', keys: [TENANT, BUCKET, KEY], joined: '', levels: ['sixHours', 'hour'] },
  model: {
    table: 'usage_model_rollup',
    keys: [TENANT, BUCKET, MODEL],
    joined: '',
    levels: ['sixHours', 'hour'],
  },
  provider: {
    table: 'usage_provider_rollup',
    keys: [TENANT, BUCKET, PROVIDER],
    joined: '',
    levels: ['sixHours', 'hour'],
  },
  status: {
    table: 'usage_status_rollup',
    keys: [TENANT, BUCKET, STATUS],
    joined: '',
    levels: ['sixHours', 'hour'],
  },
  detail: {
    table: 'usage_rollup',
    keys: [TENANT, BUCKET, KEY, MODEL, PROVIDER, STATUS],
    joined: '',
    levels: ['day', 'quarter'],
  },
  tag: {
    table: 'usage_tag_rollup',
    keys: [TENANT, ['tag_name', 'tag_name'], BUCKET, ['tag_value', 'tag_value']],
    joined: 'CROSS JOIN LATERAL jsonb_each_text(tags) AS tag (tag_name, tag_value)',
    levels: ['sixHours', 'hour', 'quarter'],
  },
  user: {
    table: 'usage_user_rollup',
    keys: [TENANT, BUCKET, ['end_user', 'end_user']],
    joined: 'WHERE end_user IS NOT NULL',
    levels: ['day', 'quarter'],
  },
};

export const USAGE_ROLLUPS: readonly UsageRollup[] = Object.values(FAMILIES).flatMap(
  ({ table, keys, joined, levels }) =>
    levels.map((level) => ({
      table: `${table}${SUFFIXES[level]}` as const,
      keys: keys.map((key) => (key === BUCKET ? ([BUCKET, renderBucket(level)] as const) : key)),
      joined,
    })),
);

/** Coarsest first, down to quarters of an hour, which `detail` has for all its parts. */
export function listRollupLevels(kind: RollupKind): RollupLevel[] {
  return [...new Set<RollupLevel>([...FAMILIES[kind].levels, 'quarter'])];
}

export function findRollupTable(kind: RollupKind, level: RollupLevel): UsageRollup['table'] {
  const family = FAMILIES[kind].levels.includes(level) ? FAMILIES[kind] : FAMILIES.detail;
  return `${family.table}${SUFFIXES[level]}`;
}

/** Adds the ledger rows named `rows` (a table or a CTE) to the roll-up, its rows in key order. */
export function buildRollupInsert({ table, keys, joined }: UsageRollup, rows: string): string {
  const keyColumns = keys.map(([column]) => column).join(', ');
  const positions = keys.map((_, index) => index + 1).join(', ');
  const selected = [
    ...keys.map(([, ofRow]) => ofRow),
    ...USAGE_MEASURES.map(({ ofRow }) => renderSum(ofRow)),
  ].join(', ');
  const columns = USAGE_MEASURES.map(({ column }) => column);
  return `INSERT INTO ${table} AS total (${keyColumns}, ${columns.join(', ')})
    SELECT ${selected} FROM ${rows} ${joined} GROUP BY ${positions} ORDER BY ${positions}
    ON CONFLICT (${keyColumns}) DO UPDATE SET
      ${columns.map((column) => `${column} = total.${column} + excluded.${column}`).join(', ')}`;
}

function renderBucket(level: RollupLevel): string {
  return `date_bin('${LEVEL_MS[level] / 60_000} minutes', started_at, 'epoch'::timestamptz)`;
}
