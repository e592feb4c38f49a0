import { DateTime } from 'luxon';
import { LEVEL_MS, type RollupLevel } from './rollup-levels.js';
import type { UsageQuery } from './usage-query.js';

export interface TimeRange {
  fromMs: number;
  toMs: number;
}

/** The buckets of one level that a report reads: those of the range, or only some of them, or all but some. */
export interface RollupPart extends TimeRange {
  level: RollupLevel;
  /** Starts of buckets. */
  only: readonly number[] | null;
  except: readonly number[];
}

/** 800 days: twice as long as the ledger is kept by default. What is longer is not split by the intervals of a zone. */
export const MAX_LISTED_MS = 800 * LEVEL_MS.day;

/**
 * Cuts the range at the starts of its intervals, and each piece into the longest buckets that lie within it: no bucket is read
 * for two intervals. `range` begins and ends at quarters of an hour; `levels` are those of the roll-up, longest first, quarters
 * among them.
 */
export function planRollupParts(
  query: Pick<UsageQuery, 'interval' | 'timeZone'>,
  range: TimeRange,
  levels: readonly RollupLevel[],
): RollupPart[] {
  const longest = LEVEL_MS[findLongestLevel(query, range)];
  const parts: RollupPart[] = [];
  let pieces = splitRange(range, longest === LEVEL_MS.day ? listCuts(query, range) : []);
  for (const level of levels.filter((one) => LEVEL_MS[one] <= longest)) {
    const { whole, rest } = takeBuckets(pieces, LEVEL_MS[level]);
    if (whole.length > 0) parts.push(describePart(level, whole));
    pieces = rest;
  }
  return parts;
}

function findLongestLevel(
  { interval, timeZone }: Pick<UsageQuery, 'interval' | 'timeZone'>,
  range: TimeRange,
): RollupLevel {
  if (interval === null) return 'day';
  const isCut = range.toMs - range.fromMs <= MAX_LISTED_MS;
  if (interval !== 'hour') return timeZone === 'UTC' || isCut ? 'day' : 'quarter';
  return hasHoursOfUtc(range, timeZone) ? 'hour' : 'quarter';
}

/** Whether the zone's hours begin when those of UTC do, all the time: no zone changes that for less than a day. */
export function hasHoursOfUtc({ fromMs, toMs }: TimeRange, timeZone: string): boolean {
  if (timeZone === 'UTC') return true;
  if (toMs - fromMs > MAX_LISTED_MS) return false;
  for (let atMs = fromMs; ; atMs = Math.min(atMs + LEVEL_MS.day, toMs)) {
    if (DateTime.fromMillis(atMs, { zone: timeZone }).offset % 60 !== 0) return false;
    if (atMs === toMs) return true;
  }
}

/** Starts of days or months within the range, but for those of UTC: every bucket lies in one of these. */
function listCuts({ interval, timeZone }: Pick<UsageQuery, 'interval' | 'timeZone'>, range: TimeRange) {
  if (interval === null || interval === 'hour' || timeZone === 'UTC') return [];
  const first = DateTime.fromMillis(range.fromMs, { zone: timeZone }).startOf(interval);
  const cuts: number[] = [];
  for (let count = 1; ; count++) {
    // Once more to the start: where clocks skip midnight, a day begins later than the others.
    const startMs = first
      .plus({ [interval]: count })
      .startOf(interval)
      .toMillis();
    if (startMs >= range.toMs) return cuts;
    cuts.push(startMs);
  }
}

function splitRange({ fromMs, toMs }: TimeRange, cuts: readonly number[]): TimeRange[] {
  return [...cuts, toMs].map((endMs, index) => ({ fromMs: cuts[index - 1] ?? fromMs, toMs: endMs }));
}

function takeBuckets(pieces: readonly TimeRange[], bucketMs: number) {
  const whole: TimeRange[] = [];
  const rest: TimeRange[] = [];
  for (const piece of pieces) {
    const fromMs = Math.ceil(piece.fromMs / bucketMs) * bucketMs;
    const toMs = Math.floor(piece.toMs / bucketMs) * bucketMs;
    if (fromMs >= toMs) {
      rest.push(piece);
      continue;
    }
    const last = whole.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else whole.push({ fromMs, toMs });
    rest.push({ fromMs: piece.fromMs, toMs: fromMs }, { fromMs: toMs, toMs: piece.toMs });
  }
  return { whole, rest: rest.filter((piece) => piece.fromMs < piece.toMs) };
}

/** `runs` in ascending order with a gap between each and the next; the shorter list says which buckets are meant. */
function describePart(level: RollupLevel, runs: readonly TimeRange[]): RollupPart {
  const range = { fromMs: runs.at(0)?.fromMs ?? 0, toMs: runs.at(-1)?.toMs ?? 0 };
  const gaps = runs.slice(1).map((run, index) => ({ fromMs: runs[index]?.toMs ?? 0, toMs: run.fromMs }));
  const isMostlyGaps = sumLengths(gaps) > sumLengths(runs);
  const list = (ranges: readonly TimeRange[]): number[] => listBuckets(ranges, LEVEL_MS[level]);
  return { level, ...range, only: isMostlyGaps ? list(runs) : null, except: isMostlyGaps ? [] : list(gaps) };
}

function sumLengths(ranges: readonly TimeRange[]): number {
  return ranges.reduce((total, { fromMs, toMs }) => total + toMs - fromMs, 0);
}

function listBuckets(ranges: readonly TimeRange[], bucketMs: number): number[] {
  return ranges.flatMap(({ fromMs, toMs }) =>
    Array.from({ length: (toMs - fromMs) / bucketMs }, (_, index) => fromMs + index * bucketMs),
  );
}
