import type {
  UsageDimension,
  UsageFilters,
  UsageInterval,
  UsageQuery,
} from '../../src/support/monitor/usage-query.ts';
import { DAY_MS, DAYS, START_MS } from './period.ts';

export interface ReportCase {
  name: string;
  query: UsageQuery;
}

/** Odd edges, so that every report also reads the ledger at both ends. */
const FROM_MS = START_MS + 7 * 60_000 + 13;
const TO_MS = START_MS + DAYS * DAY_MS - 4 * 60_000 - 321;

const DIMENSIONS: UsageDimension[] = ['tenant', 'key', 'model', 'provider', 'status', 'user', 'tag:team'];

const INTERVALS: [UsageInterval | null, string][] = [
  [null, 'UTC'],
  ['hour', 'UTC'],
  ['day', 'UTC'],
  ['day', 'Asia/Kathmandu'],
  ['day', 'America/New_York'],
  ['month', 'America/New_York'],
];

/** A tenant of the ledger, one of its keys and one of its users. */
export interface ReportSubject {
  tenantId: string;
  keyId: string;
  user: string;
}

export function listReportCases(subject: ReportSubject): ReportCase[] {
  const groupings: UsageDimension[][] = [[], ...DIMENSIONS.map((dimension) => [dimension]), ['key', 'model']];
  const filters: UsageFilters[] = [
    { keyId: subject.keyId },
    { user: subject.user },
    { tag: 'team=team-1' },
    { model: 'model-0', statusClass: 5 },
  ];
  return [
    ...groupings.flatMap((groupBy) => listIntervals(groupBy, null, {})),
    ...groupings.flatMap((groupBy) => listIntervals(groupBy, subject.tenantId, {})),
    ...filters.flatMap((one) => listIntervals([], subject.tenantId, one)),
  ];
}

function listIntervals(
  groupBy: UsageDimension[],
  tenantId: string | null,
  filters: UsageFilters,
): ReportCase[] {
  return INTERVALS.map(([interval, timeZone]) => ({
    name: describe({ groupBy, tenantId, filters, interval, timeZone }),
    query: { groupBy, tenantId, filters, interval, timeZone, fromMs: FROM_MS, toMs: TO_MS },
  }));
}

function describe(query: Omit<UsageQuery, 'fromMs' | 'toMs'>): string {
  const { groupBy, tenantId, filters, interval, timeZone } = query;
  const parts = [
    tenantId === null ? 'all tenants' : 'one tenant',
    groupBy.length > 0 ? `by ${groupBy.join(', ')}` : 'total',
    Object.keys(filters).length > 0 ? `one ${Object.keys(filters).join(', ')}` : '',
    interval === null ? '' : `per ${interval} in ${timeZone}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
