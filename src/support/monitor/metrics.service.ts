import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { STAGES } from '../tracing/pipeline-trace.js';
import { AttemptCounts, type AttemptResult } from './attempt-counts.js';
import { addRequestMetrics } from './add-request-metrics.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { MeasuredRequest } from './measured-request.js';
import { addCounter, addGauge, addHistogram, type Sample } from './prepared-metric.js';
import { type RequestSeries, RequestSeriesTable } from './request-series.js';
import { renderPercentiles, type StatsReport, toTenantReport } from './stats-report.js';
import { type TenantStats, TenantStatsTable } from './tenant-stats.js';

/** Bounds of stage durations as powers of two of a microsecond: 4 us to 8.4 s. */
const STAGE_EXPONENTS = [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 21, 22, 23];
const STAGE_BOUNDS = STAGE_EXPONENTS.map((exponent) => 2 ** exponent / 1_000_000);

/**
 * Counters and histograms of this process, for Prometheus (`renderMetrics`) and for /stats (`exportStats`).
 *
 * A request is recorded once, at its end, in plain numbers found by one map look-up (about 1.5 us); everything else happens
 * when somebody asks. Labels are names of bounded number, never ids: tenants appear in /stats only.
 */
@Injectable()
export class MetricsService implements OnModuleInit, OnApplicationShutdown {
  private readonly registry = new Registry();
  private readonly series = new RequestSeriesTable();
  private readonly tenants = new TenantStatsTable();
  private readonly errors = new Map<string, number>();
  private readonly refusals = new Map<string, number>();
  private readonly attempts = new AttemptCounts();
  private readonly stages = STAGES.map((name) => ({ name, latency: new LatencyHistogram() }));
  private cacheHits = 0;

  constructor() {
    addRequestMetrics(this.registry, () => this.series.all());
    addCounter(
      this.registry,
      {
        name: 'tokenpak_errors_total',
        help: 'Requests that ended in an error, by its code',
        labelNames: ['code'],
      },
      () => toSamples(this.errors, 'code'),
    );
    addCounter(
      this.registry,
      {
        name: 'tokenpak_limiter_refusals_total',
        help: 'Requests that a limit refused',
        labelNames: ['limit'],
      },
      () => toSamples(this.refusals, 'limit'),
    );
    addCounter(
      this.registry,
      {
        name: 'tokenpak_upstream_attempts_total',
        help: 'Calls of providers, failovers and retries among them, by how they ended',
        labelNames: ['provider', 'outcome'],
      },
      () => this.attempts.samples(),
    );
    addCounter(
      this.registry,
      { name: 'tokenpak_cache_hits_total', help: 'Answers taken from the cache', labelNames: [] },
      () => [{ labels: {}, value: this.cacheHits }],
    );
    addHistogram(
      this.registry,
      {
        name: 'tokenpak_stage_duration_seconds',
        help: 'Time in each stage of the pipeline',
        labelNames: ['stage'],
        bounds: STAGE_BOUNDS,
      },
      () => this.stages.map(({ name, latency }) => ({ labels: { stage: name }, values: readStage(latency) })),
    );
  }

  onModuleInit(): void {
    collectDefaultMetrics({ register: this.registry, prefix: 'tokenpak_' });
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }

  /** Once per request, after its trace ended. Never throws. */
  recordRequest(request: MeasuredRequest, status: number): void {
    const provider = request.origin?.provider ?? null;
    const series = this.series.get({
      route: request.route.name,
      model: request.model?.name ?? 'unknown',
      provider: provider?.name ?? 'none',
      providerKind: provider?.kind ?? 'none',
      statusClass: renderStatusClass(status),
      cache: request.cacheOutcome,
    });
    this.recordSeries(series, request);
    if (request.error !== null) increment(this.errors, request.error.code);
    if (request.grant !== null) recordTenant(this.tenants.get(request.grant.tenant.id), request, status);
    this.recordStages(request.trace.stageDurationsMs);
  }

  recordCacheHit(): void {
    this.cacheHits++;
  }

  /** A stage measured outside of a request's trace. */
  recordLatency(stage: string, durationMs: number): void {
    this.stages.find(({ name }) => name === stage)?.latency.record(durationMs);
  }

  /** A refusal by a limit: `requests`, `tokens`, `concurrency`, `budget`, `ip`. */
  recordRefusal(limit: string): void {
    increment(this.refusals, limit);
  }

  /** One call of a provider, at its end. */
  recordAttempt(provider: string, result: AttemptResult): void {
    this.attempts.count(provider, result);
  }

  /** A value that is read when metrics are collected, such as a backlog or the breakers' states. */
  observe(name: string, help: string, labelNames: readonly string[], read: () => Iterable<Sample>): void {
    addGauge(this.registry, { name: `tokenpak_${name}`, help, labelNames }, read);
  }

  /** A number that only grows and is counted elsewhere, such as what was dropped. The name ends in `_total`. */
  observeCount(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Iterable<Sample>,
  ): void {
    addCounter(this.registry, { name: `tokenpak_${name}`, help, labelNames }, read);
  }

  /** Prometheus text format 0.0.4. */
  renderMetrics(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Since this process started. Money in nano-USD as decimal text. */
  exportStats(): StatsReport {
    const tenants = [...this.tenants.entries()].map(([id, stats]) => toTenantReport(id, stats));
    const stages = this.stages.map(({ name, latency }) => ({ stage: name, ...renderPercentiles(latency) }));
    return {
      uptimeSeconds: Math.floor(process.uptime()),
      requests: sum(this.series.all(), (series) => series.requests),
      cacheHits: this.cacheHits,
      errors: Object.fromEntries(this.errors),
      tenants,
      stages,
    };
  }

  private recordSeries(series: RequestSeries, request: MeasuredRequest): void {
    const { durationMs } = request.trace;
    series.requests++;
    series.duration.record(durationMs / 1000);
    series.overhead.record(Math.max(0, durationMs - request.upstreamMs) / 1000);
    if (request.usage !== null) series.recordUsage(request.usage);
    if (request.costNanoUsd === null) series.unpriced++;
    else series.costUsd += Number(request.costNanoUsd) / 1e9;
  }

  private recordStages(durationsMs: readonly number[]): void {
    for (let index = 0; index < this.stages.length; index++) {
      const durationMs = durationsMs[index] ?? NaN;
      if (durationMs >= 0) this.stages[index]?.latency.record(durationMs);
    }
  }
}

function recordTenant(stats: TenantStats, request: MeasuredRequest, status: number): void {
  stats.requests++;
  if (status >= 400) stats.errors++;
  if (request.wasRateLimited) stats.rateLimited++;
  if (request.cacheOutcome === 'hit') stats.cacheHits++;
  if (request.usage !== null) {
    stats.inputTokens += request.usage.inputTokens;
    stats.outputTokens += request.usage.outputTokens;
  }
  if (request.costNanoUsd !== null) stats.costNanoUsd += request.costNanoUsd;
  stats.latency.record(request.trace.durationMs);
}

const STATUS_CLASSES = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx'];

function renderStatusClass(status: number): string {
  return STATUS_CLASSES[Math.floor(status / 100)] ?? 'unknown';
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function toSamples(counts: Map<string, number>, label: string): Sample[] {
  return [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function readStage(latency: LatencyHistogram): { counts: number[]; sum: number; count: number } {
  const cumulated = STAGE_EXPONENTS.map((exponent) => latency.countBelow(exponent));
  const counts = cumulated.map((count, index) => count - (cumulated[index - 1] ?? 0));
  return { counts, sum: latency.sumMs / 1000, count: latency.count };
}

function sum<Item>(items: Iterable<Item>, read: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += read(item);
  return total;
}
