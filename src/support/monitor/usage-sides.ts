import type { RollupLevel } from './rollup-levels.js';
import type { RollupChoice } from './plan-usage-sources.js';
import type { SqlParams } from './sql-params.js';
import { USAGE_MEASURES } from './usage-measures.js';
import { findRollupTable, NO_PROVIDER } from './usage-rollups.js';

/** How one table says what a report asks for; SQL expressions on its rows, of the same types in every table. */
export interface UsageSide {
  table: string;
  /** Of the row, or the start of its bucket: both lie in the same interval. */
  time: string;
  statusClass: string;
  /** NO_PROVIDER where there is none. */
  providerId: string;
  user: string;
  renderTag: (name: string, params: SqlParams) => string;
  /** In the order of USAGE_MEASURES. */
  measures: readonly string[];
  /** Only rows of this tag. */
  tagName: string | null;
}

export const LEDGER: UsageSide = {
  table: 'usage_ledger',
  time: 'started_at',
  statusClass: '(status / 100)::smallint',
  providerId: `coalesce(provider_id, '${NO_PROVIDER}')`,
  user: 'end_user',
  renderTag: (name, params) => `tags ->> ${params.add(name)}::text`,
  measures: USAGE_MEASURES.map(({ ofRow }) => ofRow),
  tagName: null,
};

export const LEDGER_WITHOUT_NAMES: UsageSide = {
  ...LEDGER,
  user: 'NULL::text',
  renderTag: () => 'NULL::text',
};

/** It knows neither tags nor users: to a report about them its rows have none. */
const ROLLUP: Omit<UsageSide, 'table'> = {
  time: 'bucket',
  statusClass: 'status_class',
  providerId: 'provider_id',
  user: 'NULL::text',
  renderTag: () => 'NULL::text',
  measures: USAGE_MEASURES.map(({ column }) => column),
  tagName: null,
};

export function describeRollup(choice: RollupChoice, level: RollupLevel): UsageSide {
  const side = { ...ROLLUP, table: findRollupTable(choice.by, level) };
  switch (choice.by) {
    case 'user':
      return { ...side, user: 'end_user' };
    case 'tag':
      return { ...side, renderTag: () => 'tag_value', tagName: choice.tagName };
    default:
      return side;
  }
}
