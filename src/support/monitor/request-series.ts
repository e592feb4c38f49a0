import type { TokenUsage } from '../../chat/usage.js';
import { ExponentialBuckets, exponentialBounds } from './exponential-buckets.js';
import { LabelCap, MAX_MODEL_LABELS, MAX_PROVIDER_LABELS } from './label-cap.js';

/** Bounds that the OpenTelemetry GenAI conventions advise: seconds from 10 ms to 82 s, tokens from 1 to 67 million. */
export const DURATION_BOUNDS = exponentialBounds(0.01, 2, 14);
export const TOKEN_BOUNDS = exponentialBounds(1, 4, 14);
/** Time in the gateway itself, seconds: 0.1 ms to 1.6 s. */
export const OVERHEAD_BOUNDS = exponentialBounds(0.0001, 2, 15);

/** Combinations of all labels; beyond, requests are counted under `other`. */
const MAX_SERIES = 10_000;

export interface SeriesLabels {
  route: string;
  model: string;
  provider: string;
  providerKind: string;
  /** `2xx`. */
  statusClass: string;
  cache: string;
}

/** Everything counted for one combination of labels. */
export class RequestSeries {
  requests = 0;
  inputTokens = 0;
  outputTokens = 0;
  cacheReadTokens = 0;
  cacheWriteTokens = 0;
  reasoningTokens = 0;
  costUsd = 0;
  unpriced = 0;
  readonly duration = new ExponentialBuckets(DURATION_BOUNDS);
  readonly overhead = new ExponentialBuckets(OVERHEAD_BOUNDS);
  readonly inputSizes = new ExponentialBuckets(TOKEN_BOUNDS);
  readonly outputSizes = new ExponentialBuckets(TOKEN_BOUNDS);

  constructor(readonly labels: SeriesLabels) {}

  recordUsage(usage: TokenUsage): void {
    const cacheWriteTokens = usage.cacheWriteTokens + usage.cacheWrite1hTokens;
    this.inputTokens += usage.inputTokens;
    this.outputTokens += usage.outputTokens;
    this.cacheReadTokens += usage.cacheReadTokens;
    this.cacheWriteTokens += cacheWriteTokens;
    this.reasoningTokens += usage.reasoningTokens ?? 0;
    this.inputSizes.record(usage.inputTokens + usage.cacheReadTokens + cacheWriteTokens);
    this.outputSizes.record(usage.outputTokens);
  }
}

/** Finds the series of a request with one look-up; bounded whatever names come in. */
export class RequestSeriesTable {
  private readonly series = new Map<string, RequestSeries>();
  private readonly models = new LabelCap(MAX_MODEL_LABELS);
  private readonly providers = new LabelCap(MAX_PROVIDER_LABELS);

  get(labels: SeriesLabels): RequestSeries {
    const key = renderKey(labels);
    return this.series.get(key) ?? this.create(labels);
  }

  all(): Iterable<RequestSeries> {
    return this.series.values();
  }

  private create(asked: SeriesLabels): RequestSeries {
    const isFull = this.series.size >= MAX_SERIES;
    const model = isFull ? 'other' : this.models.cap(asked.model);
    const provider = isFull ? 'other' : this.providers.cap(asked.provider);
    const labels = { ...asked, model, provider };
    const key = renderKey(labels);
    const series = this.series.get(key) ?? new RequestSeries(labels);
    this.series.set(key, series);
    return series;
  }
}

function renderKey({ route, model, provider, providerKind, statusClass, cache }: SeriesLabels): string {
  return `${route}\n${model}\n${provider}\n${providerKind}\n${statusClass}\n${cache}`;
}
