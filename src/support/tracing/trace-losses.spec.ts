import { MetricsService } from '../monitor/metrics.service.js';
import type { TraceExporter } from './trace-exporter.port.js';
import { TraceLosses } from './trace-losses.js';
import type { TraceWriter } from './trace-writer.js';

it('shows what writer and exporter have dropped when somebody asks', async () => {
  const metrics = new MetricsService();
  const writer = { droppedCount: 0 };
  const exporter = { droppedCount: 0, exportTrace: () => undefined } satisfies TraceExporter;
  new TraceLosses(metrics, writer as TraceWriter, exporter).onModuleInit();
  writer.droppedCount = 3;
  exporter.droppedCount = 5;
  const text = await metrics.renderMetrics();
  expect(text).toContain('tokenpak_traces_dropped_total{destination="postgresql"} 3\n');
  expect(text).toContain('tokenpak_traces_dropped_total{destination="collector"} 5\n');
});
