import { Inject, Injectable } from '@nestjs/common';
import type { PipelineTraceRecord, TraceStore } from './pipeline-trace.js';
import { TRACE_OPTIONS, type TraceOptions } from './trace-options.js';

/** The last finished traces of this process. Recording and finding by id take constant time. */
@Injectable()
export class TraceRing implements TraceStore {
  private readonly slots: (PipelineTraceRecord | undefined)[];
  private readonly byId = new Map<string, PipelineTraceRecord>();
  /** Slot of the next trace, which holds the oldest one. */
  private next = 0;

  constructor(@Inject(TRACE_OPTIONS) { ringSize }: Pick<TraceOptions, 'ringSize'>) {
    this.slots = new Array<PipelineTraceRecord | undefined>(ringSize).fill(undefined);
  }

  record(trace: PipelineTraceRecord): void {
    const oldest = this.slots[this.next];
    if (oldest !== undefined) this.byId.delete(oldest.id);
    this.slots[this.next] = trace;
    this.byId.set(trace.id, trace);
    this.next = this.next + 1 === this.slots.length ? 0 : this.next + 1;
  }

  find(id: string): PipelineTraceRecord | null {
    return this.byId.get(id) ?? null;
  }

  /** Newest first, in the order they ended. */
  *newestFirst(): Generator<PipelineTraceRecord> {
    for (let step = 1; step <= this.slots.length; step++) {
      const trace = this.slots[(this.next - step + this.slots.length) % this.slots.length];
      if (trace === undefined) return;
      yield trace;
    }
  }

  get size(): number {
    return this.byId.size;
  }
}
