import { z } from 'zod';
import { timeZoneField } from '../../config/fields/time-fields.js';
import { idField, instantField } from '../fields/common-fields.js';
import { renderUsd } from '../../common/money.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { RefusalQuery, RefusalRow } from '../../support/monitor/refusal.repository.js';
import type { UsageDimension, UsageQuery, UsageRow } from '../../support/monitor/usage-query.js';
import { type CsvCell, renderCsvLine } from './render-csv.js';

const DIMENSION = /^(?:tenant|key|model|provider|status|user|tag:[A-Za-z0-9_.-]{1,64})$/;
const DAY_MS = 86_400_000;

const rangeAndFilters = {
  tenantId: idField.optional(),
  from: instantField.optional(),
  to: instantField.optional(),
  keyId: idField.optional(),
  model: z.string().max(256).optional(),
  providerId: idField.optional(),
  tag: z
    .string()
    .max(256)
    .regex(/^[^=]+=./, 'Written name=value')
    .optional(),
  user: z.string().max(256).optional(),
  status: z.coerce.number().int().min(1).max(5).optional(),
};

export const usageQuerySchema = z.strictObject({
  ...rangeAndFilters,
  groupBy: z
    .string()
    .max(512)
    .default('')
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .refine((parts) => parts.length <= 5 && parts.every((part) => DIMENSION.test(part)), 'Unknown dimension'),
  interval: z.enum(['hour', 'day', 'month']).optional(),
  timeZone: timeZoneField.default('UTC'),
  format: z.enum(['json', 'csv']).default('json'),
});

export const usageExportSchema = z.strictObject({
  ...rangeAndFilters,
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
});

export const refusalQuerySchema = z.strictObject({
  tenantId: idField.optional(),
  keyId: idField.optional(),
  from: instantField.optional(),
  to: instantField.optional(),
  interval: z.enum(['minute', 'hour', 'day']).default('hour'),
  timeZone: timeZoneField.default('UTC'),
});

type UsageInput = z.output<typeof usageQuerySchema>;
type UsageExportInput = z.output<typeof usageExportSchema>;
type LedgerRange = Pick<UsageQuery, 'tenantId' | 'fromMs' | 'toMs' | 'filters'>;

export function toUsageQuery(input: UsageInput, nowMs: number): UsageQuery {
  return {
    ...toLedgerRange(input, nowMs),
    groupBy: input.groupBy as UsageDimension[],
    interval: input.interval ?? null,
    timeZone: input.timeZone,
  };
}

/** @throws GatewayError('invalid_request') for a range that ends before it begins. */
export function toLedgerRange(input: Omit<UsageExportInput, 'format'>, nowMs: number): LedgerRange {
  const { keyId, model, providerId, tag, user, status } = input;
  const filters = { keyId, model, providerId, tag, user, statusClass: status };
  return {
    tenantId: input.tenantId ?? null,
    ...toRange(input, nowMs),
    filters: Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)),
  };
}

/** @throws GatewayError('invalid_request') for a range that ends before it begins. */
export function toRefusalQuery(input: z.output<typeof refusalQuerySchema>, nowMs: number): RefusalQuery {
  const { tenantId = null, keyId = null, interval, timeZone } = input;
  return { tenantId, keyId, interval, timeZone, ...toRange(input, nowMs) };
}

/** The last 30 days where the caller names no range. */
function toRange(input: { from?: number; to?: number }, nowMs: number): { fromMs: number; toMs: number } {
  const toMs = input.to ?? nowMs;
  const fromMs = input.from ?? toMs - 30 * DAY_MS;
  if (fromMs < toMs) return { fromMs, toMs };
  throw new GatewayError('invalid_request', {
    param: 'from',
    publicMessage: '"from" must be before "to".',
  });
}

export function renderRefusalRow({ startMs, ...row }: RefusalRow) {
  return { start: new Date(startMs).toISOString(), ...row };
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

/** A header and a line for each row; see render-csv.ts. */
export function renderUsageCsv(rows: readonly UsageRow[], groupBy: readonly string[]): string {
  const rendered = rows.map(({ group, ...row }): Record<string, CsvCell> => {
    const { start, group: _, ...numbers } = renderUsageRow({ ...row, group: {} });
    return { start, ...group, ...numbers };
  });
  const columns = Object.keys(
    rendered[0] ?? { start: null, ...Object.fromEntries(groupBy.map((name) => [name, null])) },
  );
  const lines = rendered.map((row) => renderCsvLine(columns.map((column) => row[column])));
  return [renderCsvLine(columns), ...lines].join('');
}
