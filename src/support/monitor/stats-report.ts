import type { LatencyHistogram } from './latency-histogram.js';
import type { TenantStats } from './tenant-stats.js';

/** Milliseconds; null while nothing was recorded. At most 4.5 % above the true value. */
export interface Percentiles {
  count: number;
  p50Ms: number | null;
  p90Ms: number | null;
  p99Ms: number | null;
}

export interface TenantReport extends Percentiles {
  tenantId: string;
  requests: number;
  errors: number;
  rateLimited: number;
  cacheHits: number;
  inputTokens: number;
  outputTokens: number;
  costNanoUsd: string;
}

export interface StatsReport {
  uptimeSeconds: number;
  requests: number;
  cacheHits: number;
  /** By error code. */
  errors: Record<string, number>;
  tenants: TenantReport[];
  stages: ({ stage: string } & Percentiles)[];
}

export function renderPercentiles(latency: LatencyHistogram): Percentiles {
  return {
    count: latency.count,
    p50Ms: latency.percentileMs(0.5),
    p90Ms: latency.percentileMs(0.9),
    p99Ms: latency.percentileMs(0.99),
  };
}

export function toTenantReport(tenantId: string, stats: TenantStats): TenantReport {
  const { requests, errors, rateLimited, cacheHits, inputTokens, outputTokens } = stats;
  const costNanoUsd = stats.costNanoUsd.toString();
  const counters = { requests, errors, rateLimited, cacheHits, inputTokens, outputTokens, costNanoUsd };
  return { tenantId, ...counters, ...renderPercentiles(stats.latency) };
}
