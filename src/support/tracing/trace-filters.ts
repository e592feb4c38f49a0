import type { PipelineTraceRecord } from './pipeline-trace.js';

/** All members present must match. */
export interface TraceFilters {
  /** Null: all tenants, and requests without one. */
  tenantId: string | null;
  model?: string;
  /** Provider's name. */
  provider?: string;
  status?: number;
  errorCode?: string;
  /** A policy's id, or `<policyId>/<detectorId>`. */
  rule?: string;
  minDurationMs?: number;
  /** Epoch milliseconds, inclusive. */
  fromMs?: number;
  /** Exclusive. */
  toMs?: number;
}

/** Where a page ends; the next one holds what is older. */
export interface TraceCursor {
  startedAtMs: number;
  id: string;
}

const EQUAL_MEMBERS = ['model', 'provider', 'status', 'errorCode'] as const;

export function matchesTraceFilters(trace: PipelineTraceRecord, filters: TraceFilters): boolean {
  return (
    (filters.tenantId === null || trace.tenantId === filters.tenantId) &&
    EQUAL_MEMBERS.every((name) => filters[name] === undefined || trace[name] === filters[name]) &&
    (filters.minDurationMs === undefined || trace.durationMs >= filters.minDurationMs) &&
    (filters.fromMs === undefined || trace.startedAtMs >= filters.fromMs) &&
    (filters.toMs === undefined || trace.startedAtMs < filters.toMs) &&
    (filters.rule === undefined || hasFired(trace, filters.rule))
  );
}

function hasFired(trace: PipelineTraceRecord, rule: string): boolean {
  return trace.firedRules.some((fired) => fired === rule || fired.startsWith(`${rule}/`));
}

/** Newest first; ids decide between equal times. */
export function compareNewestFirst(a: TraceCursor, b: TraceCursor): number {
  if (a.startedAtMs !== b.startedAtMs) return b.startedAtMs - a.startedAtMs;
  if (a.id === b.id) return 0;
  return a.id > b.id ? -1 : 1;
}
