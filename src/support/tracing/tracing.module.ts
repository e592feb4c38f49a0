import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { TraceRepository } from './trace.repository.js';
import { TraceRing } from './trace-ring.js';
import { TraceWriter } from './trace-writer.js';
import { TracingService } from './tracing.service.js';

/** Needs SQL_CLIENT and CLOCK from global modules. */
@Module({})
export class TracingModule {
  /** `options` provides TRACE_OPTIONS. */
  static forRoot(options: Provider): DynamicModule {
    return {
      module: TracingModule,
      providers: [options, TraceRing, TraceWriter, TraceRepository, TracingService],
      exports: [TraceRing, TraceWriter, TraceRepository, TracingService],
    };
  }
}
