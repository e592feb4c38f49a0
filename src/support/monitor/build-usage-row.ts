import { USAGE_MEASURES, type UsageMeasureName } from './usage-measures.js';
import type { UsageRow } from './usage-query.js';

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
 * A report's row. A report may have 100,000 of them: to split each text and convert its pieces, or to copy the measures from one
 * object to another, would take several times as long.
 * @param sums the measures: decimal numbers in the order of USAGE_MEASURES with a space between
 */
export function buildUsageRow(
  startMs: UsageRow['startMs'],
  group: UsageRow['group'],
  sums: string,
): UsageRow {
  const numbers: number[] = [];
  let costNanoUsd = 0n;
  let start = 0;
  while (start < sums.length) {
    const end = findEnd(sums, start);
    if (numbers.length === POSITIONS.costNanoUsd) costNanoUsd = BigInt(sums.slice(start, end));
    numbers.push(parseNumber(sums, start, end));
    start = end + 1;
  }
  const sumOf = (name: UsageMeasureName): number => numbers[POSITIONS[name]] ?? 0;
  return {
    startMs,
    group,
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
