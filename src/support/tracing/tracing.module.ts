import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { createTraceExporter } from './otel/create-trace-exporter.js';
import { TRACE_EXPORTER } from './trace-exporter.port.js';
import { TraceLosses } from './trace-losses.js';
import { TraceRepository } from './trace.repository.js';
import { TraceRing } from './trace-ring.js';
import { TraceWriter } from './trace-writer.js';
import { TracingService } from './tracing.service.js';

const traceExporter: Provider = {
  provide: TRACE_EXPORTER,
  inject: [GATEWAY_CONFIG],
  useFactory: ({ otel }: GatewayConfig) => createTraceExporter(otel),
};

export interface TracingSetup {
  /** The module that exports MetricsService. */
  monitor: DynamicModule;
  /** Provides TRACE_OPTIONS. */
  options: Provider;
  /** Provides REMOTE_TRACES; may ask for TraceRing. */
  remoteTraces: Provider;
}

/** Needs SQL_CLIENT, CLOCK and GATEWAY_CONFIG from global modules. */
@Module({})
export class TracingModule {
  static forRoot({ monitor, options, remoteTraces }: TracingSetup): DynamicModule {
    return {
      module: TracingModule,
      imports: [monitor],
      providers: [
        options,
        remoteTraces,
        TraceRing,
        TraceWriter,
        traceExporter,
        TraceRepository,
        TracingService,
        TraceLosses,
      ],
      exports: [TraceRing, TraceWriter, TraceRepository, TracingService],
    };
  }
}
