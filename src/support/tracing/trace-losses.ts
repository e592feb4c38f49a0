import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MetricsService } from '../monitor/metrics.service.js';
import { TRACE_EXPORTER, type TraceExporter } from './trace-exporter.port.js';
import { TraceWriter } from './trace-writer.js';

/** Shows how many traces were dropped on their way out. */
@Injectable()
export class TraceLosses implements OnModuleInit {
  constructor(
    private readonly metrics: MetricsService,
    private readonly writer: TraceWriter,
    @Inject(TRACE_EXPORTER) private readonly exporter: TraceExporter,
  ) {}

  onModuleInit(): void {
    this.metrics.observeCount(
      'traces_dropped_total',
      'Traces that were chosen for PostgreSQL or the collector and never reached it',
      ['destination'],
      () => [
        { labels: { destination: 'postgresql' }, value: this.writer.droppedCount },
        { labels: { destination: 'collector' }, value: this.exporter.droppedCount },
      ],
    );
  }
}
