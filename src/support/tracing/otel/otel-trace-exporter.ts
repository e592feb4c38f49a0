import { setImmediate } from 'node:timers/promises';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { PipelineTrace, TraceOutcome } from '../trace-builder.js';
import type { TraceExporter } from '../trace-exporter.port.js';
import type { SpanOrigin } from './build-span.js';
import { convertTrace, type EndedTrace } from './convert-trace.js';
import type { OtelSettings } from './parse-otel-settings.js';
import { TraceSampler } from './trace-sampler.js';

const SCOPE_NAME = 'tokenpak-gateway';
/** Traces that may wait; about 10 MB at the most, most of which the ring holds anyway. */
const MAX_QUEUED_TRACES = 2_048;
/** Converting and writing so many holds the event loop for about 2 ms (100 us and 9 kB a trace of 15 spans). */
const BATCH_TRACES = 16;
/** So that a collector 50 ms away still takes 2,000 traces a second. */
const MAX_BATCHES_UNDER_WAY = 8;
const CLOSE_DEADLINE_MS = 2_000;

/**
 * Sends finished traces to an OpenTelemetry collector (OTLP over HTTP, JSON).
 *
 * 1. `exportTrace` samples and queues; nothing is converted while the request is still the process's business.
 * 2. After `delayMs` small batches go out, a few at a time, until the queue is empty. The exporter below repeats what is
 *    worth repeating until its timeout; what it gives up is dropped and counted.
 * 3. The collector down or too slow: the queue fills to its bound, then traces are dropped and counted. Said once, and once
 *    again when it is over.
 */
export class OtelTraceExporter implements TraceExporter, OnApplicationShutdown {
  private readonly logger = new Logger('OpenTelemetry');
  private readonly delayMs: number;
  private readonly sampler: TraceSampler;
  private readonly exporter: OTLPTraceExporter;
  private readonly origin: SpanOrigin;
  private queue: EndedTrace[] = [];
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private isClosed = false;
  private isFailing = false;
  private dropped = 0;

  constructor(settings: OtelSettings) {
    const { url, headers, timeoutMs, resource } = settings;
    this.delayMs = settings.delayMs;
    this.sampler = new TraceSampler(settings);
    this.exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: timeoutMs });
    this.origin = {
      resource: defaultResource().merge(resourceFromAttributes(resource)),
      scope: { name: SCOPE_NAME },
    };
  }

  /** Traces that never reached the collector. */
  get droppedCount(): number {
    return this.dropped;
  }

  exportTrace(trace: PipelineTrace, outcome: TraceOutcome): void {
    if (this.isClosed || !this.sampler.isSampled(trace)) return;
    if (this.queue.length >= MAX_QUEUED_TRACES) return this.drop(1, 'it takes fewer traces than there are');
    this.queue.push({ trace, outcome });
    this.schedule();
  }

  /** Everything queued so far was sent or given up. Never rejects. */
  async flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.running ??= this.sendQueue().finally(() => {
      this.running = null;
      // Queued between the end of the loop and this moment.
      if (this.queue.length > 0) this.schedule();
    });
    await this.running;
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    let deadline: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>((resolve) => {
      deadline = setTimeout(resolve, CLOSE_DEADLINE_MS);
    });
    // What the collector does not take by now is lost with the process, as in a crash.
    await Promise.race([this.flush(), elapsed]);
    clearTimeout(deadline);
    this.queue = [];
  }

  private schedule(): void {
    if (this.running === null && !this.isClosed)
      this.timer ??= setTimeout(() => void this.flush(), this.delayMs).unref();
  }

  private async sendQueue(): Promise<void> {
    const underWay = new Set<Promise<void>>();
    while (this.queue.length > 0) {
      if (underWay.size >= MAX_BATCHES_UNDER_WAY) await Promise.race(underWay);
      const sending = this.sendBatch(this.queue.splice(0, BATCH_TRACES)).finally(() =>
        underWay.delete(sending),
      );
      underWay.add(sending);
      // Requests that wait for the event loop come first.
      await setImmediate();
    }
    await Promise.all(underWay);
  }

  /** Never rejects. */
  private async sendBatch(batch: readonly EndedTrace[]): Promise<void> {
    try {
      await this.send(batch.flatMap((ended) => convertTrace(ended, this.origin)));
      this.recover();
    } catch (error) {
      this.drop(batch.length, (error as Error).message);
    }
  }

  /** @throws what the collector or the way to it had against the batch. */
  private send(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.exporter.export(spans, ({ error }) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  private drop(count: number, reason: string): void {
    this.dropped += count;
    if (!this.isFailing) this.logger.warn(`Traces do not reach the collector and are dropped: ${reason}`);
    this.isFailing = true;
  }

  /** A collector that is merely too slow is over it once the queue has room again. */
  private recover(): void {
    if (!this.isFailing || this.queue.length > MAX_QUEUED_TRACES / 2) return;
    this.isFailing = false;
    this.logger.log(`The collector takes traces again; ${this.dropped} were dropped since the start`);
  }
}
