import { join } from 'node:path';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config/gateway-config.js';
import {
  LEDGER_OPTIONS,
  type LedgerOptions,
  RETENTION_OPTIONS,
  type RetentionOptions,
} from '../support/monitor/ledger-options.js';
import { MonitorModule } from '../support/monitor/monitor.module.js';

const MAX_JOURNAL_BYTES = 1024 ** 3;
const LEDGER_FLUSH_INTERVAL_MS = 200;

/** Metrics and the ledger, its journal under DATA_DIR. One object: every importer shares it. */
export const monitor = MonitorModule.forRoot([
  {
    provide: LEDGER_OPTIONS,
    inject: [GATEWAY_CONFIG],
    useFactory: ({ dataDir }: GatewayConfig): LedgerOptions => ({
      journalDir: join(dataDir, 'journal'),
      maxJournalBytes: MAX_JOURNAL_BYTES,
      flushIntervalMs: LEDGER_FLUSH_INTERVAL_MS,
    }),
  },
  {
    provide: RETENTION_OPTIONS,
    inject: [GATEWAY_CONFIG],
    useFactory: ({ retentionUsageDays, retentionTracesDays }: GatewayConfig): RetentionOptions => ({
      usageDays: retentionUsageDays,
      tracesDays: retentionTracesDays,
    }),
  },
]);
