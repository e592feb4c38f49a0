import fc from 'fast-check';
import { STAGES } from '../tracing/pipeline-trace.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { MeasuredRequest } from './measured-request.js';
import { MetricsService } from './metrics.service.js';

function createRequest(changes: Partial<MeasuredRequest> = {}): MeasuredRequest {
  return {
    route: { name: 'chat-completions' },
    model: { name: 'gpt' },
    origin: { provider: { name: 'main', kind: 'openai' } },
    grant: { tenant: { id: 'tenant-1' } },
    cacheOutcome: 'miss',
    usage: {
      inputTokens: 10,
      outputTokens: 5,
      cacheReadTokens: 3,
      cacheWriteTokens: 2,
      cacheWrite1hTokens: 1,
      reasoningTokens: null,
      source: 'provider',
    },
    costNanoUsd: 2_000_000_000n,
    upstreamMs: 90,
    attempts: 1,
    wasRateLimited: false,
    error: null,
    trace: { durationMs: 100, stageDurationsMs: STAGES.map((_, index) => (index === 0 ? 0.006 : NaN)) },
    ...changes,
  };
}

/** `name{labels}` to value. */
async function readMetrics(metrics: MetricsService): Promise<Map<string, number>> {
  const lines = (await metrics.renderMetrics())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

describe('MetricsService', () => {
  it('counts requests, tokens by kind, cost and durations under bounded labels', async () => {
    const metrics = new MetricsService();
    metrics.recordRequest(createRequest(), 200);
    metrics.recordRequest(createRequest(), 200);
    const read = await readMetrics(metrics);
    const labels =
      'route="chat-completions",model="gpt",provider="main",provider_kind="openai",status_class="2xx",cache="miss"';
    expect(read.get(`tokenpak_requests_total{${labels}}`)).toBe(2);
    expect(read.get('tokenpak_tokens_total{model="gpt",provider="main",kind="input"}')).toBe(20);
    expect(read.get('tokenpak_tokens_total{model="gpt",provider="main",kind="cache_write"}')).toBe(6);
    expect(read.get('tokenpak_cost_usd_total{model="gpt",provider="main"}')).toBe(4);
    expect(read.get('tokenpak_token_usage_sum{model="gpt",provider="main",token_type="input"}')).toBe(32);
    const latency = 'route="chat-completions",model="gpt",provider="main",status_class="2xx",cache="miss"';
    const duration = (le: string): number | undefined =>
      read.get(`tokenpak_request_duration_seconds_bucket{${latency},le="${le}"}`);
    expect([duration('0.08'), duration('0.16'), duration('+Inf')]).toEqual([0, 2, 2]);
    expect(read.get(`tokenpak_request_overhead_seconds_sum{${latency}}`)).toBeCloseTo(0.02);
    expect(read.get('tokenpak_stage_duration_seconds_bucket{stage="ip-throttle",le="0.000004"}')).toBe(0);
    expect(read.get('tokenpak_stage_duration_seconds_bucket{stage="ip-throttle",le="0.000016"}')).toBe(2);
  });

  it('gives the same sums however often it is read', async () => {
    const metrics = new MetricsService();
    metrics.recordRequest(createRequest(), 200);
    const first = await metrics.renderMetrics();
    expect(await metrics.renderMetrics()).toBe(first);
  });

  it('keeps the number of model names bounded and never shows an unknown one', async () => {
    const metrics = new MetricsService();
    for (let n = 0; n < 500; n++) metrics.recordRequest(createRequest({ model: { name: `m${n}` } }), 200);
    metrics.recordRequest(createRequest({ model: null }), 404);
    const read = await readMetrics(metrics);
    const models = new Set([...read.keys()].map((key) => /model="([^"]*)"/.exec(key)?.[1]).filter(Boolean));
    expect(models.size).toBe(201);
    expect(
      [...read]
        .filter(([key]) => key.startsWith('tokenpak_requests_total'))
        .reduce((sum, [, value]) => sum + value, 0),
    ).toBe(501);
  });

  it('shows values of others when it is read, and refusals by limit', async () => {
    const metrics = new MetricsService();
    let backlog = 0;
    metrics.observe('journal_backlog_records', 'Not in PostgreSQL yet', [], () => [
      { labels: {}, value: backlog },
    ]);
    metrics.observeCount('losses_total', 'Never arrived', ['of'], () => [
      { labels: { of: 'traces' }, value: backlog * 2 },
    ]);
    backlog = 7;
    metrics.recordRefusal('requests');
    const read = await readMetrics(metrics);
    expect(read.get('tokenpak_journal_backlog_records')).toBe(7);
    expect(read.get('tokenpak_losses_total{of="traces"}')).toBe(14);
    expect((await readMetrics(metrics)).get('tokenpak_losses_total{of="traces"}')).toBe(14);
    expect(read.get('tokenpak_limiter_refusals_total{limit="requests"}')).toBe(1);
  });

  it('exports counters per tenant with exact money, and percentiles per stage', () => {
    const metrics = new MetricsService();
    for (let n = 1; n <= 100; n++) {
      metrics.recordRequest(
        createRequest({ trace: { durationMs: n, stageDurationsMs: [n] } }),
        n > 90 ? 500 : 200,
      );
    }
    const { tenants, stages, requests } = metrics.exportStats();
    expect(requests).toBe(100);
    expect(tenants[0]).toMatchObject({
      tenantId: 'tenant-1',
      requests: 100,
      errors: 10,
      costNanoUsd: '200000000000',
    });
    expect(tenants[0]?.p50Ms).toBeGreaterThanOrEqual(50);
    expect(tenants[0]?.p50Ms).toBeLessThan(50 * 1.05);
    expect(stages[0]).toMatchObject({ stage: 'ip-throttle', count: 100 });
    expect(stages[1]).toMatchObject({ count: 0, p99Ms: null });
  });

  it('offers the metrics of the process', async () => {
    const metrics = new MetricsService();
    metrics.onModuleInit();
    const text = await metrics.renderMetrics();
    metrics.onApplicationShutdown();
    expect(text).toContain('tokenpak_process_cpu_seconds_total');
    expect(text).toContain('tokenpak_nodejs_eventloop_lag_p99_seconds');
  });
});

describe('LatencyHistogram', () => {
  it('is at most 4.5 % above every percentile, from a tenth of a microsecond to an hour', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.0001, max: 4_000_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0, 0.5, 0.9, 0.99, 1),
        (values, share) => {
          const histogram = new LatencyHistogram();
          for (const value of values) histogram.record(value);
          const ordered = [...values].sort((a, b) => a - b);
          const exact = ordered[Math.max(0, Math.ceil(values.length * share) - 1)] ?? NaN;
          const reported = histogram.percentileMs(share) ?? NaN;
          expect(reported).toBeGreaterThanOrEqual(exact * 0.999999);
          expect(reported).toBeLessThanOrEqual(exact * 1.0451);
        },
      ),
    );
  });
});
