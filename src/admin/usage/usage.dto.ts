import { z } from 'zod';
import { renderUsd } from '../../common/money.js';
import type { UsageDimension, UsageQuery, UsageRow } from '../../support/monitor/usage-query.js';

const DIMENSION = /^(?:tenant|key|model|provider|status|user|tag:[A-Za-z0-9_.-]{1,64})$/;
const DAY_MS = 86_400_000;

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // The constructor throws exactly for unknown names.
    return false;
  }
}

export const usageQuerySchema = z.strictObject({
  tenantId: z.uuid().optional(),
  groupBy: z
    .string()
    .max(512)
    .default('')
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .refine((parts) => parts.length <= 5 && parts.every((part) => DIMENSION.test(part)), 'Unknown dimension'),
  interval: z.enum(['hour', 'day', 'month']).optional(),
  from: instant.optional(),
  to: instant.optional(),
  timeZone: z.string().max(64).refine(isTimeZone, 'Unknown time zone').default('UTC'),
  format: z.enum(['json', 'csv']).default('json'),
  keyId: z.uuid().optional(),
  model: z.string().max(256).optional(),
  providerId: z.uuid().optional(),
  tag: z
    .string()
    .max(256)
    .regex(/^[^=]+=./, 'Written name=value')
    .optional(),
  user: z.string().max(256).optional(),
  status: z.coerce.number().int().min(1).max(5).optional(),
});

export type UsageInput = z.output<typeof usageQuerySchema>;

/** The last 30 days where the caller names no range. */
export function toUsageQuery(input: UsageInput, nowMs: number): UsageQuery {
  const toMs = input.to ?? nowMs;
  const { keyId, model, providerId, tag, user, status } = input;
  const filters = { keyId, model, providerId, tag, user, statusClass: status };
  return {
    tenantId: input.tenantId ?? null,
    groupBy: input.groupBy as UsageDimension[],
    interval: input.interval ?? null,
    fromMs: input.from ?? toMs - 30 * DAY_MS,
    toMs,
    timeZone: input.timeZone,
    filters: Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)),
  };
}

export function renderUsageRow(row: UsageRow) {
  const { startMs, costNanoUsd, ...sums } = row;
  return {
    start: startMs === null ? null : new Date(startMs).toISOString(),
    ...sums,
    costUsd: renderUsd(costNanoUsd),
    costNanoUsd: costNanoUsd.toString(),
  };
}

/** RFC 4180; a cell that a spreadsheet could take for a formula is prefixed with an apostrophe. */
export function renderUsageCsv(rows: readonly UsageRow[], groupBy: readonly string[]): string {
  const rendered = rows.map(({ group, ...row }): Record<string, Cell> => {
    const { start, group: _, ...numbers } = renderUsageRow({ ...row, group: {} });
    return { start, ...group, ...numbers };
  });
  const columns = Object.keys(
    rendered[0] ?? { start: null, ...Object.fromEntries(groupBy.map((name) => [name, null])) },
  );
  const lines = rendered.map((row) => columns.map((column) => renderCell(row[column])).join(','));
  return [columns.map(renderCell).join(','), ...lines, ''].join('\r\n');
}

type Cell = string | number | null | undefined;

function renderCell(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
