import type { TraceExporter } from '../trace-exporter.port.js';

/** Nobody asked for traces. */
export class NoTraceExporter implements TraceExporter {
  readonly droppedCount = 0;

  exportTrace(): void {
    return;
  }
}
