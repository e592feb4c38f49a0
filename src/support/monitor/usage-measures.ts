export interface UsageMeasure {
  /** Name in a report. */
  name: string;
  /** Column of every roll-up. */
  column: string;
  /** Its share in one ledger row, in the column's type, so that rows of both can be read as one table. */
  ofRow: string;
}

const countWhere = (name: string, column: string, condition: string): UsageMeasure => ({
  name,
  column,
  ofRow: `(${condition})::int::bigint`,
});

const sumOf = (name: string, column: string, type = 'bigint'): UsageMeasure => ({
  name,
  column,
  ofRow: `coalesce(${column}, 0)::${type}`,
});

/** What reports add up. Roll-ups hold the sums of the same expressions. */
export const USAGE_MEASURES: readonly UsageMeasure[] = [
  { name: 'requests', column: 'requests', ofRow: '1::bigint' },
  countWhere('cacheHits', 'cache_hits', `cache = 'hit'`),
  countWhere('sharedHits', 'shared_hits', `cache = 'shared'`),
  countWhere('unpriced', 'unpriced', 'cost_nano_usd IS NULL'),
  countWhere('unmetered', 'unmetered', 'input_tokens IS NULL'),
  sumOf('inputTokens', 'input_tokens'),
  sumOf('outputTokens', 'output_tokens'),
  sumOf('cacheReadTokens', 'cache_read_tokens'),
  sumOf('cacheWriteTokens', 'cache_write_tokens'),
  sumOf('reasoningTokens', 'reasoning_tokens'),
  sumOf('costNanoUsd', 'cost_nano_usd', 'numeric'),
  sumOf('durationUs', 'duration_us'),
];
