export interface TraceOptions {
  /** Share of ordinary requests kept in PostgreSQL, 0 to 1; decided by the request's id. */
  sampleRatio: number;
  /** Traces kept in memory. 10,000 unless set otherwise. */
  ringSize: number;
  /** Longest time a chosen trace waits for its batch. 150 ms unless set otherwise. */
  flushIntervalMs: number;
  /** Chosen traces that may wait for PostgreSQL; more are dropped and counted. */
  maxQueuedTraces: number;
  /** Errors, blocks and failovers kept per second, each kind by itself. */
  maxForcedPerSecond: number;
}

export const TRACE_OPTIONS = Symbol('TraceOptions');

export const DEFAULT_TRACE_OPTIONS: TraceOptions = {
  sampleRatio: 0.1,
  ringSize: 10_000,
  flushIntervalMs: 150,
  maxQueuedTraces: 5_000,
  maxForcedPerSecond: 50,
};
