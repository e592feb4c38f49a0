import { GATEWAY_CONFIG, type GatewayConfig } from '../config/gateway-config.js';
import { DEFAULT_TRACE_OPTIONS, TRACE_OPTIONS, type TraceOptions } from '../support/tracing/trace-options.js';
import { TracingModule } from '../support/tracing/tracing.module.js';
import { monitor } from './monitor.js';

/** One object: every importer shares it. */
export const tracing = TracingModule.forRoot({
  monitor,
  options: {
    provide: TRACE_OPTIONS,
    inject: [GATEWAY_CONFIG],
    useFactory: ({ traceSampleRatio }: GatewayConfig): TraceOptions => ({
      ...DEFAULT_TRACE_OPTIONS,
      sampleRatio: traceSampleRatio,
    }),
  },
});
