import type { UsageRow } from './usage-query.js';

export type UsageMeasureName = Exclude<keyof UsageRow, 'startMs' | 'group' | 'durationMs'> | 'durationUs';

export interface UsageMeasure {
  /** Name in a report; the duration comes in microseconds. */
  name: UsageMeasureName;
  /** Column of every roll-up. */
  column: string;
  /** Its share in one ledger row, in the column's type, so that rows of both can be read as one table. */
  ofRow: string;
}

/**
 * Adds the values of an expression up to one of the same type; nothing is 0. Aggregates of ours: PostgreSQL's own sum of bigints
 * is a numeric, with five times as much memory a group, and that of numerics keeps a state that parallel workers must convert to
 * bytes and back for every group.
 */
export const renderSum = (expression: string): string => `usage_total(${expression})`;

const countWhere = (name: UsageMeasureName, column: string, condition: string): UsageMeasure => ({
  name,
  column,
  ofRow: `(${condition})::int::bigint`,
});

const sumOf = (name: UsageMeasureName, column: string): UsageMeasure => ({
  name,
  column,
  ofRow: `coalesce(${column}, 0)`,
});

/** What reports add up. Roll-ups hold the sums of the same expressions. */
export const USAGE_MEASURES: readonly UsageMeasure[] = [
  { name: 'requests', column: 'requests', ofRow: '1::bigint' },
  countWhere('cacheHits', 'cache_hits', `cache = 'hit'`),
  countWhere('sharedHits', 'shared_hits', `cache = 'shared'`),
  countWhere('unpriced', 'unpriced', 'cost_nano_usd IS NULL'),
  countWhere('unmetered', 'unmetered', 'input_tokens IS NULL OR output_tokens IS NULL'),
  sumOf('inputTokens', 'input_tokens'),
  sumOf('outputTokens', 'output_tokens'),
  sumOf('cacheReadTokens', 'cache_read_tokens'),
  sumOf('cacheWriteTokens', 'cache_write_tokens'),
  sumOf('reasoningTokens', 'reasoning_tokens'),
  {
    // Two requests of the largest cost that a ledger row can have would not fit a bigint.
    name: 'costNanoUsd',
    column: 'cost_nano_usd',
    ofRow: 'coalesce(cost_nano_usd, 0)::numeric',
  },
  sumOf('durationUs', 'duration_us'),
];
