import type { Registry } from 'prom-client';
import type { ExponentialBuckets } from './exponential-buckets.js';
import {
  addCounter,
  addHistogram,
  type HistogramSample,
  type Labels,
  type Sample,
} from './prepared-metric.js';
import { DURATION_BOUNDS, OVERHEAD_BOUNDS, type RequestSeries, TOKEN_BOUNDS } from './request-series.js';

type ReadSeries = () => Iterable<RequestSeries>;
type LabelName = 'route' | 'model' | 'provider' | 'provider_kind' | 'status_class' | 'cache';

const REQUEST_LABELS: readonly LabelName[] = [
  'route',
  'model',
  'provider',
  'provider_kind',
  'status_class',
  'cache',
];
const LATENCY_LABELS: readonly LabelName[] = ['route', 'model', 'provider', 'status_class', 'cache'];
const USAGE_LABELS: readonly LabelName[] = ['model', 'provider'];

const TOKEN_KINDS: readonly [kind: string, read: (series: RequestSeries) => number][] = [
  ['input', (series) => series.inputTokens],
  ['output', (series) => series.outputTokens],
  ['cache_read', (series) => series.cacheReadTokens],
  ['cache_write', (series) => series.cacheWriteTokens],
  ['reasoning', (series) => series.reasoningTokens],
];

/** Metrics of finished requests. Units follow the OpenTelemetry GenAI conventions: seconds and tokens. */
export function addRequestMetrics(registry: Registry, read: ReadSeries): void {
  addCounters(registry, read);
  const latency = [
    [
      'tokenpak_request_duration_seconds',
      'From the request to the end of its answer',
      DURATION_BOUNDS,
      'duration',
    ],
    [
      'tokenpak_request_overhead_seconds',
      'Time in the gateway without upstream waits',
      OVERHEAD_BOUNDS,
      'overhead',
    ],
  ] as const;
  for (const [name, help, bounds, member] of latency) {
    const metric = { name, help, bounds, labelNames: LATENCY_LABELS };
    addHistogram(registry, metric, () => mergeBuckets(read(), LATENCY_LABELS, (series) => series[member]));
  }
  const usage = {
    name: 'tokenpak_token_usage',
    help: 'Tokens of one request; input includes cached',
    bounds: TOKEN_BOUNDS,
    labelNames: [...USAGE_LABELS, 'token_type'],
  };
  addHistogram(registry, usage, () => [
    ...mergeBuckets(read(), USAGE_LABELS, (series) => series.inputSizes, { token_type: 'input' }),
    ...mergeBuckets(read(), USAGE_LABELS, (series) => series.outputSizes, { token_type: 'output' }),
  ]);
}

function addCounters(registry: Registry, read: ReadSeries): void {
  const requests = { name: 'tokenpak_requests_total', help: 'Finished requests', labelNames: REQUEST_LABELS };
  addCounter(registry, requests, () => sumUp(read(), REQUEST_LABELS, (series) => series.requests));
  const tokens = {
    name: 'tokenpak_tokens_total',
    help: 'Tokens by kind; input excludes cached',
    labelNames: [...USAGE_LABELS, 'kind'],
  };
  addCounter(registry, tokens, () =>
    TOKEN_KINDS.flatMap(([kind, readKind]) => sumUp(read(), USAGE_LABELS, readKind, { kind })),
  );
  const cost = {
    name: 'tokenpak_cost_usd_total',
    help: 'Cost of priced requests, USD',
    labelNames: USAGE_LABELS,
  };
  addCounter(registry, cost, () => sumUp(read(), USAGE_LABELS, (series) => series.costUsd));
  const unpriced = {
    name: 'tokenpak_unpriced_requests_total',
    help: 'Requests of unknown cost',
    labelNames: USAGE_LABELS,
  };
  addCounter(registry, unpriced, () => sumUp(read(), USAGE_LABELS, (series) => series.unpriced));
}

function readLabels({ labels }: RequestSeries, names: readonly LabelName[]): Labels {
  const all: Record<LabelName, string> = {
    route: labels.route,
    model: labels.model,
    provider: labels.provider,
    provider_kind: labels.providerKind,
    status_class: labels.statusClass,
    cache: labels.cache,
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

function sumUp(
  all: Iterable<RequestSeries>,
  names: readonly LabelName[],
  read: (series: RequestSeries) => number,
  extra: Labels = {},
): Sample[] {
  const sums = new Map<string, Sample>();
  for (const series of all) {
    const labels = { ...readLabels(series, names), ...extra };
    const key = Object.values(labels).join('\n');
    const sum = sums.get(key) ?? { labels, value: 0 };
    sum.value += read(series);
    sums.set(key, sum);
  }
  return [...sums.values()];
}

function mergeBuckets(
  all: Iterable<RequestSeries>,
  names: readonly LabelName[],
  read: (series: RequestSeries) => ExponentialBuckets,
  extra: Labels = {},
): HistogramSample[] {
  const merged = new Map<string, HistogramSample>();
  for (const series of all) {
    const buckets = read(series);
    if (buckets.count === 0) continue;
    const labels = { ...readLabels(series, names), ...extra };
    const key = Object.values(labels).join('\n');
    const before = merged.get(key)?.values;
    const counts = buckets.counts.map((count, index) => count + (before?.counts[index] ?? 0));
    const values = {
      counts,
      sum: buckets.sum + (before?.sum ?? 0),
      count: buckets.count + (before?.count ?? 0),
    };
    merged.set(key, { labels, values });
  }
  return [...merged.values()];
}
