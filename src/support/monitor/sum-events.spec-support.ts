import { DateTime } from 'luxon';
import type { UsageEvent } from './usage-event.js';
import type { UsageDimension, UsageInterval, UsageQuery, UsageRow } from './usage-query.js';

/** The report that the events add up to, written without SQL. */
export function sumEvents(events: readonly UsageEvent[], query: UsageQuery): UsageRow[] {
  const rows = new Map<string, UsageRow>();
  const isGrouped = query.interval !== null || query.groupBy.length > 0;
  if (!isGrouped) rows.set('[null,[]]', createRow(null, {}));
  for (const event of events) {
    if (!matches(event, query)) continue;
    const startMs = findStart(event.startedAtMs, query.interval, query.timeZone);
    const values = query.groupBy.map((dimension) => findValue(event, dimension));
    const id = JSON.stringify([startMs, values]);
    const group = Object.fromEntries(query.groupBy.map((dimension, index) => [dimension, values[index]]));
    const row = rows.get(id) ?? createRow(startMs, group);
    rows.set(id, row);
    addEvent(row, event);
  }
  return [...rows.values()];
}

function createRow(startMs: number | null, group: UsageRow['group']): UsageRow {
  const counts = { requests: 0, cacheHits: 0, sharedHits: 0, unpriced: 0, unmetered: 0 };
  const tokens = {
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  };
  return { startMs, group, ...counts, ...tokens, costNanoUsd: 0n, durationMs: 0 };
}

function addEvent(row: UsageRow, event: UsageEvent): void {
  row.requests += 1;
  row.cacheHits += event.cache === 'hit' ? 1 : 0;
  row.sharedHits += event.cache === 'shared' ? 1 : 0;
  row.unpriced += event.costNanoUsd === null ? 1 : 0;
  row.unmetered += event.inputTokens === null || event.outputTokens === null ? 1 : 0;
  row.inputTokens += event.inputTokens ?? 0;
  row.outputTokens += event.outputTokens ?? 0;
  row.cacheReadTokens += event.cacheReadTokens ?? 0;
  row.cacheWriteTokens += event.cacheWriteTokens ?? 0;
  row.reasoningTokens += event.reasoningTokens ?? 0;
  row.costNanoUsd += BigInt(event.costNanoUsd ?? 0);
  row.durationMs += event.durationMs;
}

function matches(event: UsageEvent, { tenantId, fromMs, toMs, filters }: UsageQuery): boolean {
  const [name = '', value] = filters.tag?.split('=') ?? [];
  return (
    event.startedAtMs >= fromMs &&
    event.startedAtMs < toMs &&
    (tenantId ?? event.tenantId) === event.tenantId &&
    (filters.keyId ?? event.keyId) === event.keyId &&
    (filters.model ?? event.model) === event.model &&
    (filters.providerId ?? event.providerId) === event.providerId &&
    (filters.statusClass ?? findStatusClass(event)) === findStatusClass(event) &&
    (filters.user ?? event.user) === event.user &&
    (filters.tag === undefined || event.tags[name] === value)
  );
}

function findStatusClass({ status }: UsageEvent): number {
  return Math.floor(status / 100);
}

function findValue(event: UsageEvent, dimension: UsageDimension): string | null {
  const values: Record<string, string | null> = {
    tenant: event.tenantId,
    key: event.keyId,
    model: event.model,
    provider: event.providerId,
    status: `${findStatusClass(event)}xx`,
    user: event.user,
  };
  return values[dimension] ?? event.tags[dimension.replace('tag:', '')] ?? null;
}

/** A local hour begins at its own offset, so that the hour that clocks repeat stays two hours. */
function findStart(atMs: number, interval: UsageInterval | null, zone: string): number | null {
  if (interval === null) return null;
  const local = DateTime.fromMillis(atMs, { zone });
  if (interval !== 'hour') return local.startOf(interval).toMillis();
  return atMs - ((atMs + local.offset * 60_000) % 3_600_000);
}
