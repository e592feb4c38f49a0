import { Inject, Injectable } from '@nestjs/common';
import type { PipelineTrace, TraceOutcome } from './trace-builder.js';
import { TRACE_EXPORTER, type TraceExporter } from './trace-exporter.port.js';
import { TraceRing } from './trace-ring.js';
import { TraceWriter } from './trace-writer.js';

/** Keeps every finished trace in the ring, brings the chosen ones to PostgreSQL, and hands all to the exporter. */
@Injectable()
export class TracingService {
  constructor(
    private readonly ring: TraceRing,
    private readonly writer: TraceWriter,
    @Inject(TRACE_EXPORTER) private readonly exporter: TraceExporter,
  ) {}

  endTrace(trace: PipelineTrace, outcome: TraceOutcome): void {
    const record = trace.endTrace(outcome);
    this.ring.record(record);
    this.writer.record(record);
    this.exporter.exportTrace(trace, outcome);
  }
}
