import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { findSqlState, SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import { findForcedReason, ForcedSampleBudget, isInSample, type SampleReason } from './decide-sampling.js';
import type { PipelineTraceRecord, TraceStore } from './pipeline-trace.js';
import { TRACE_OPTIONS, type TraceOptions } from './trace-options.js';
import { INSERT_TRACES, renderTraces } from './trace-sql.js';

const BATCH_TRACES = 200;
const RETRY_DELAY_MS = 2_000;
const CLOSE_DEADLINE_MS = 2_000;

/**
 * Brings chosen traces to PostgreSQL, in batches, within `flushIntervalMs` of their end.
 *
 * Errors, blocks and failovers are always chosen, up to a number per second each; of the others a share, by id.
 * PostgreSQL down: the queue fills to its bound, then traces are dropped and counted. A trace is an aid, not a record: it
 * never holds up a request, and one that PostgreSQL refuses is dropped.
 */
@Injectable()
export class TraceWriter implements TraceStore, OnApplicationShutdown {
  private readonly logger = new Logger(TraceWriter.name);
  private readonly budget: ForcedSampleBudget;
  private queue: PipelineTraceRecord[] = [];
  private timer: NodeJS.Timeout | null = null;
  /** One batch at a time: two would insert the same traces and forget twice as many. */
  private running: Promise<void> = Promise.resolve();
  private isFailing = false;
  private dropped = 0;

  constructor(
    @Inject(TRACE_OPTIONS) private readonly options: TraceOptions,
    @Inject(SQL_CLIENT) private readonly sql: SqlClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.budget = new ForcedSampleBudget(options.maxForcedPerSecond);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** Chosen traces that never reached PostgreSQL. */
  get droppedCount(): number {
    return this.dropped;
  }

  get sampleRatio(): number {
    return this.options.sampleRatio;
  }

  /** Sets the trace's `sampledBy` when it is chosen. */
  record(trace: PipelineTraceRecord): void {
    const reason = this.decide(trace);
    if (reason === null) return;
    if (this.queue.length >= this.options.maxQueuedTraces) {
      this.dropped++;
      return;
    }
    trace.sampledBy = reason;
    this.queue.push(trace);
    if (this.timer === null) this.schedule(this.isFailing ? RETRY_DELAY_MS : this.options.flushIntervalMs);
  }

  /** Everything queued so far is in PostgreSQL. @throws when it is down. */
  flush(): Promise<void> {
    const writing = this.running.then(() => this.writeQueue());
    this.running = writing.catch(() => undefined);
    return writing;
  }

  private decide(trace: PipelineTraceRecord): SampleReason | null {
    const forced = findForcedReason(trace);
    if (forced !== null && this.budget.take(forced, this.clock.nowMs())) return forced;
    return isInSample(trace.id, this.options.sampleRatio) ? 'sample' : null;
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => void this.runScheduled(), delayMs).unref();
  }

  private async runScheduled(): Promise<void> {
    try {
      await this.flush();
      if (this.isFailing) this.logger.log('PostgreSQL takes traces again');
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn(`PostgreSQL takes no traces: ${(error as Error).message}`);
      this.isFailing = true;
    }
    this.timer = null;
    if (this.queue.length > 0) this.schedule(this.isFailing ? RETRY_DELAY_MS : this.options.flushIntervalMs);
  }

  private async writeQueue(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.slice(0, BATCH_TRACES);
      await this.insert(batch);
      this.queue = this.queue.slice(batch.length);
    }
  }

  private async insert(batch: readonly PipelineTraceRecord[]): Promise<void> {
    try {
      await this.sql.query(INSERT_TRACES, [renderTraces(batch)]);
    } catch (error) {
      if (!/^(22|23|54)/.test(findSqlState(error) ?? '')) throw error;
      if (batch.length > 1) for (const trace of batch) await this.insert([trace]);
      else this.dropped++;
    }
  }

  private async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    let deadline: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>((resolve) => {
      deadline = setTimeout(resolve, CLOSE_DEADLINE_MS);
    });
    // What PostgreSQL does not take by now is lost with the process, as in a crash.
    await Promise.race([this.flush().catch(() => undefined), elapsed]);
    clearTimeout(deadline);
  }
}
