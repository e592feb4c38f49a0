import type { TraceExporter } from '../trace-exporter.port.js';

/** Nobody asked for traces. */
export class NoTraceExporter implements TraceExporter {
  exportTrace(): void {
    return;
  }
}
