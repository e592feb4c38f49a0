import { Counter, Gauge, type Histogram, type Registry } from 'prom-client';
import type { ExponentialBuckets } from './exponential-buckets.js';

/**
 * prom-client metrics whose values are counted elsewhere and handed over when they are collected. Counting in plain
 * numbers costs a tenth of prom-client's labelled increments, which hash their labels each time.
 */

export type Labels = Record<string, string>;

export interface MetricName {
  name: string;
  help: string;
  labelNames: readonly string[];
}

export interface Sample {
  labels: Labels;
  value: number;
}

export function addCounter(registry: Registry, name: MetricName, read: () => Iterable<Sample>): void {
  new Counter<string>({
    ...name,
    registers: [registry],
    collect(): void {
      this.reset();
      for (const { labels, value } of read()) this.inc(labels, value);
    },
  });
}

export function addGauge(registry: Registry, name: MetricName, read: () => Iterable<Sample>): void {
  new Gauge<string>({
    ...name,
    registers: [registry],
    collect(): void {
      this.reset();
      for (const { labels, value } of read()) this.set(labels, value);
    },
  });
}

/** Counts per bucket, not cumulated, parallel to the bounds; values above the last bound are only in `count`. */
export type HistogramCounts = Pick<ExponentialBuckets, 'counts' | 'sum' | 'count'>;

export interface HistogramSample {
  labels: Labels;
  values: HistogramCounts;
}

interface HistogramReport {
  name: string;
  help: string;
  type: 'histogram';
  aggregator: 'sum';
  values: { labels: Record<string, string | number>; value: number; metricName: string }[];
}

/** What a registry asks of a metric, for a histogram counted elsewhere; prom-client's own takes single values only. */
class PreparedHistogram {
  readonly name: string;

  constructor(
    private readonly metric: MetricName,
    private readonly bounds: readonly number[],
    private readonly read: () => Iterable<HistogramSample>,
  ) {
    this.name = metric.name;
  }

  get(): Promise<HistogramReport> {
    const values = [...this.read()].flatMap((sample) => this.renderSample(sample));
    const { name, help } = this.metric;
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }

  private renderSample({ labels, values }: HistogramSample): HistogramReport['values'] {
    const metricName = `${this.name}_bucket`;
    let cumulated = 0;
    const buckets = this.bounds.map((le, index) => {
      cumulated += values.counts[index] ?? 0;
      return { labels: { ...labels, le }, value: cumulated, metricName };
    });
    return [
      ...buckets,
      { labels: { ...labels, le: '+Inf' }, value: values.count, metricName },
      { labels, value: values.sum, metricName: `${this.name}_sum` },
      { labels, value: values.count, metricName: `${this.name}_count` },
    ];
  }
}

export function addHistogram(
  registry: Registry,
  metric: MetricName & { bounds: readonly number[] },
  read: () => Iterable<HistogramSample>,
): void {
  const { bounds, ...name } = metric;
  // The registry calls `get` and reads `name`; its type names only prom-client's own classes.
  registry.registerMetric(new PreparedHistogram(name, bounds, read) as unknown as Histogram);
}
