import { DateTime } from 'luxon';
import type { BudgetConfig } from '../../tenancy/config-snapshot.js';

/** [startMs, endMs), epoch milliseconds. */
export interface BudgetPeriod {
  /** Unique among the periods of a budget, also when its period or time zone is changed. */
  id: string;
  startMs: number;
  endMs: number;
}

/** `total` never ends; this is what databases and Redis can express. */
const END_OF_TIME_MS = Date.UTC(9999, 0, 1);

/**
 * The calendar period that a moment falls into: days from local midnight (or from the first moment of the day, where clocks
 * skip midnight), weeks from Monday, months from the first. Days of 23 and 25 hours are as long as they are. A time zone that
 * this runtime does not know is treated as UTC.
 */
export function findBudgetPeriod(
  period: BudgetConfig['period'],
  timeZone: string,
  nowMs: number,
): BudgetPeriod {
  if (period === 'total') return { id: 'total', startMs: 0, endMs: END_OF_TIME_MS };
  const local = DateTime.fromMillis(nowMs, { zone: timeZone });
  const now = local.isValid ? local : DateTime.fromMillis(nowMs, { zone: 'utc' });
  const start = now.startOf(period);
  const startMs = start.toMillis();
  const endMs = start
    .plus({ [period]: 1 })
    .startOf(period)
    .toMillis();
  return { id: `${period}:${startMs}`, startMs, endMs };
}
