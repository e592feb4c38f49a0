import type { PipelineTrace, TraceOutcome } from './trace-builder.js';

/** Hands finished traces on to another system, in the background and best effort: it never throws and nobody waits for it. */
export interface TraceExporter {
  exportTrace(trace: PipelineTrace, outcome: TraceOutcome): void;
}

export const TRACE_EXPORTER = Symbol('TraceExporter');
