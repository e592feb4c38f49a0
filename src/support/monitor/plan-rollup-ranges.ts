import { DateTime } from 'luxon';
import type { UsageQuery } from './usage-query.js';

export interface TimeRange {
  fromMs: number;
  toMs: number;
}

export interface RollupRange extends TimeRange {
  /** From the table of whole UTC days. */
  isDaily: boolean;
}

const DAY_MS = 86_400_000;

/** A longer report by months of a zone would have too many parts. */
const MAX_MONTHS = 24;

/** Whole UTC days where each lies in one interval, quarters of an hour for the rest. `range` begins and ends at buckets. */
export function planRollupRanges(
  query: Pick<UsageQuery, 'interval' | 'timeZone'>,
  range: TimeRange,
): RollupRange[] {
  const cuts = findCuts(query, range);
  if (cuts === null) return [{ ...range, isDaily: false }];
  const ends = [...cuts, range.toMs];
  return ends.flatMap((toMs, index) => splitDays({ fromMs: cuts[index - 1] ?? range.fromMs, toMs }));
}

/** Instants within the range between which every UTC day lies in one interval; null: there are too many. */
function findCuts({ interval, timeZone }: Pick<UsageQuery, 'interval' | 'timeZone'>, range: TimeRange) {
  if (interval === 'hour') return null;
  if (interval === null || timeZone === 'UTC') return [];
  const isLong = range.toMs - range.fromMs > MAX_MONTHS * 30 * DAY_MS;
  return interval === 'day' || isLong ? null : listMonthStarts(range, timeZone);
}

function listMonthStarts({ fromMs, toMs }: TimeRange, zone: string): number[] {
  const first = DateTime.fromMillis(fromMs, { zone }).startOf('month');
  const starts: number[] = [];
  for (let months = 1; ; months++) {
    const startMs = first.plus({ months }).toMillis();
    if (startMs >= toMs) return starts;
    starts.push(startMs);
  }
}

function splitDays(range: TimeRange): RollupRange[] {
  const firstMs = Math.ceil(range.fromMs / DAY_MS) * DAY_MS;
  const lastMs = Math.floor(range.toMs / DAY_MS) * DAY_MS;
  if (firstMs >= lastMs) return [{ ...range, isDaily: false }];
  const parts = [
    { fromMs: range.fromMs, toMs: firstMs, isDaily: false },
    { fromMs: firstMs, toMs: lastMs, isDaily: true },
    { fromMs: lastMs, toMs: range.toMs, isDaily: false },
  ];
  return parts.filter((part) => part.fromMs < part.toMs);
}
