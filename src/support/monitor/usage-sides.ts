import type { RollupChoice } from './plan-usage-sources.js';
import type { SqlParams } from './sql-params.js';
import { USAGE_MEASURES } from './usage-measures.js';
import { BUCKET_OF_ROW, NO_PROVIDER } from './usage-rollups.js';

/** How one table says what a report asks for; SQL expressions on its rows. */
export interface UsageSide {
  table: string;
  time: string;
  /** Start of the row's bucket. */
  bucket: string;
  statusClass: string;
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
  bucket: BUCKET_OF_ROW,
  statusClass: 'status / 100',
  providerId: 'provider_id',
  user: 'end_user',
  renderTag: (name, params) => `tags ->> ${params.add(name)}::text`,
  measures: USAGE_MEASURES.map(({ ofRow }) => ofRow),
  tagName: null,
};

/** It knows neither tags nor users: to a report about them its rows have none. */
const ROLLUP: UsageSide = {
  table: 'usage_rollup',
  time: 'bucket',
  bucket: 'bucket',
  statusClass: 'status_class::int',
  providerId: `nullif(provider_id, '${NO_PROVIDER}')`,
  user: 'NULL::text',
  renderTag: () => 'NULL::text',
  measures: USAGE_MEASURES.map(({ column }) => column),
  tagName: null,
};

const TENANT_ROLLUP: UsageSide = { ...ROLLUP, table: 'usage_tenant_rollup' };

const USER_ROLLUP: UsageSide = { ...ROLLUP, table: 'usage_user_rollup', user: 'end_user' };

const TAG_ROLLUP: UsageSide = { ...ROLLUP, table: 'usage_tag_rollup', renderTag: () => 'tag_value' };

/**
 * The tables to add up. A roll-up of tags or users lacks the requests without one: where the report shows them (`showsRest`),
 * they are everything less those that have one, in the same snapshot.
 */
export function listRollupSides(choice: RollupChoice, showsRest: boolean, isDaily: boolean): UsageSide[] {
  if (choice.by === 'tenant') return [TENANT_ROLLUP];
  const own = findOwnSide(choice, isDaily);
  return showsRest ? [own, TENANT_ROLLUP, negate(own)] : [own];
}

function findOwnSide(choice: Exclude<RollupChoice, { by: 'tenant' }>, isDaily: boolean): UsageSide {
  const { table, ...side } = describeSide(choice);
  return { ...side, table: isDaily ? `${table}_daily` : table };
}

function describeSide(choice: Exclude<RollupChoice, { by: 'tenant' }>): UsageSide {
  switch (choice.by) {
    case 'key':
      return ROLLUP;
    case 'user':
      return USER_ROLLUP;
    case 'tag':
      return { ...TAG_ROLLUP, tagName: choice.tagName };
  }
}

function negate({ table, tagName }: UsageSide): UsageSide {
  return { ...ROLLUP, table, tagName, measures: USAGE_MEASURES.map(({ column }) => `-${column}`) };
}
