import { Injectable } from '@nestjs/common';
import type { PipelineTrace, TraceOutcome } from './trace-builder.js';
import { TraceRing } from './trace-ring.js';
import { TraceWriter } from './trace-writer.js';

/** Keeps every finished trace in the ring and brings the chosen ones to PostgreSQL. */
@Injectable()
export class TracingService {
  constructor(
    private readonly ring: TraceRing,
    private readonly writer: TraceWriter,
  ) {}

  endTrace(trace: PipelineTrace, outcome: TraceOutcome): void {
    const record = trace.endTrace(outcome);
    this.ring.record(record);
    this.writer.record(record);
  }
}
