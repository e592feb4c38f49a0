import { USAGE_MEASURES, type UsageMeasureName } from './usage-measures.js';
import type { UsageRow } from './usage-query.js';

export type UsageSums = Omit<UsageRow, 'startMs' | 'group'>;

const POSITIONS = Object.fromEntries(USAGE_MEASURES.map(({ name }, index) => [name, index])) as Record<
  UsageMeasureName,
  number
>;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** Digits that are exact in a number, step by step. */
const MAX_EXACT_DIGITS = 15;

/**
 * The measures of a report's row from their text: decimal numbers in the order of USAGE_MEASURES with a space between. A report
 * may have 100,000 rows; to split each text and convert its pieces takes four times as long.
 */
export function parseUsageSums(text: string): UsageSums {
  const numbers: number[] = [];
  let costNanoUsd = 0n;
  let start = 0;
  while (start < text.length) {
    const end = findEnd(text, start);
    if (numbers.length === POSITIONS.costNanoUsd) costNanoUsd = BigInt(text.slice(start, end));
    numbers.push(parseNumber(text, start, end));
    start = end + 1;
  }
  const sumOf = (name: UsageMeasureName): number => numbers[POSITIONS[name]] ?? 0;
  return {
    requests: sumOf('requests'),
    cacheHits: sumOf('cacheHits'),
    sharedHits: sumOf('sharedHits'),
    unpriced: sumOf('unpriced'),
    unmetered: sumOf('unmetered'),
    inputTokens: sumOf('inputTokens'),
    outputTokens: sumOf('outputTokens'),
    cacheReadTokens: sumOf('cacheReadTokens'),
    cacheWriteTokens: sumOf('cacheWriteTokens'),
    reasoningTokens: sumOf('reasoningTokens'),
    costNanoUsd,
    durationMs: sumOf('durationUs') / 1_000,
  };
}

function findEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== SPACE) end++;
  return end;
}

function parseNumber(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit < ZERO || unit > NINE || end - start > MAX_EXACT_DIGITS) return Number(text.slice(start, end));
    value = value * 10 + (unit - ZERO);
  }
  return value;
}
