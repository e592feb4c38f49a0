import { Logger } from '@nestjs/common';
import type { TraceExporter } from '../trace-exporter.port.js';
import { NoTraceExporter } from './no-trace-exporter.js';
import { type OtelVariables, parseOtelSettings } from './parse-otel-settings.js';

/**
 * The exporter that the OTEL_* variables ask for. OpenTelemetry's packages (26 MB of RSS, 0.1 s) are loaded only when it
 * exports something.
 */
export async function createTraceExporter(variables: OtelVariables): Promise<TraceExporter> {
  const logger = new Logger('OpenTelemetry');
  const settings = parseOtelSettings(variables, (fault) => logger.warn(fault));
  if (settings === null) return new NoTraceExporter();
  const { OtelTraceExporter } = await import('./otel-trace-exporter.js');
  return new OtelTraceExporter(settings);
}
