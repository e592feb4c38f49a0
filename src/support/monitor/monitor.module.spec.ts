import fs from 'node:fs';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CLOCK, SystemClock } from '../../common/clock.port.js';
import { GATEWAY_CONFIG } from '../../config/gateway-config.js';
import { SQL_CLIENT } from '../../storage/database/sql-client.port.js';
import { NoRemoteTraces } from '../tracing/no-remote-traces.js';
import { REMOTE_TRACES } from '../tracing/remote-traces.port.js';
import { DEFAULT_TRACE_OPTIONS, TRACE_OPTIONS } from '../tracing/trace-options.js';
import { TraceRepository } from '../tracing/trace.repository.js';
import { TracingModule } from '../tracing/tracing.module.js';
import { createTestDatabase, createTestDirectory, createUsageEvent } from './ledger.spec-support.js';
import { LEDGER_OPTIONS, RETENTION_OPTIONS } from './ledger-options.js';
import { MetricsService } from './metrics.service.js';
import { MonitorModule } from './monitor.module.js';
import { USAGE_LEDGER, type UsageLedger } from './usage-event.js';

describe('MonitorModule and TracingModule', () => {
  it('start with their dependencies, and an orderly end leaves every event in PostgreSQL and no journal behind', async () => {
    const database = await createTestDatabase();
    const journalDir = createTestDirectory();

    @Global()
    @Module({
      providers: [
        { provide: SQL_CLIENT, useValue: database.sql },
        { provide: CLOCK, useClass: SystemClock },
        { provide: GATEWAY_CONFIG, useValue: { otel: {} } },
      ],
      exports: [SQL_CLIENT, CLOCK, GATEWAY_CONFIG],
    })
    class Infrastructure {}

    const monitor = MonitorModule.forRoot([
      { provide: LEDGER_OPTIONS, useValue: { journalDir, maxJournalBytes: 1 << 30, flushIntervalMs: 200 } },
      { provide: RETENTION_OPTIONS, useValue: { usageDays: 400, tracesDays: 14 } },
    ]);
    const tracing = TracingModule.forRoot({
      monitor,
      options: { provide: TRACE_OPTIONS, useValue: DEFAULT_TRACE_OPTIONS },
      remoteTraces: { provide: REMOTE_TRACES, useClass: NoRemoteTraces },
    });
    const app = await Test.createTestingModule({ imports: [Infrastructure, monitor, tracing] }).compile();
    await app.init();
    const ledger = app.get<UsageLedger>(USAGE_LEDGER);
    expect(ledger.isWritable()).toBe(true);
    ledger.recordUsage(createUsageEvent());
    const metrics = await app.get(MetricsService).renderMetrics();
    expect(metrics).toContain('tokenpak_journal_backlog_records 1');
    expect(metrics).toContain('tokenpak_traces_dropped_total{destination="postgresql"} 0');
    expect(metrics).toContain('tokenpak_traces_dropped_total{destination="collector"} 0');
    expect(app.get(TraceRepository)).toBeDefined();
    await app.close();
    const rows = await database.pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM usage_ledger',
    );
    expect(rows.rows[0]?.count).toBe(1);
    expect(fs.readdirSync(journalDir)).toEqual([]);
    fs.rmSync(journalDir, { recursive: true });
    await database.drop();
  });
});
