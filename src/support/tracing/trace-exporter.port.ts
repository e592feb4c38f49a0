import type { PipelineTrace, TraceOutcome } from './trace-builder.js';

/** Hands finished traces on to another system, in the background and best effort: it never throws and nobody waits for it. */
export interface TraceExporter {
  /** Traces that it took and gave up, since the process started. */
  readonly droppedCount: number;
  exportTrace(trace: PipelineTrace, outcome: TraceOutcome): void;
}

export const TRACE_EXPORTER = Symbol('TraceExporter');
