import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import { ensurePartitions, type PartitionedTable } from './ensure-partitions.js';
import { RETENTION_OPTIONS, type RetentionOptions } from './ledger-options.js';
import { USAGE_ROLLUPS } from './usage-rollups.js';

const INTERVAL_MS = 3_600_000;
const RETRY_MS = 60_000;

/** Keeps the partitions of ledger, roll-ups and traces ahead of time, and drops what is older than the retention. */
@Injectable()
export class PartitionMaintenance implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PartitionMaintenance.name);
  private timer: NodeJS.Timeout | null = null;
  private isStopped = false;

  constructor(
    @Inject(RETENTION_OPTIONS) private readonly options: RetentionOptions,
    @Inject(SQL_CLIENT) private readonly sql: SqlClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    void this.runAndReschedule();
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** @throws when PostgreSQL is down or a table's lock was not free within 2 s. */
  async run(): Promise<void> {
    // One instant for all tables: they keep the same days.
    const nowMs = this.clock.nowMs();
    for (const table of listTables(this.options)) await ensurePartitions(this.sql, table, nowMs);
  }

  private async runAndReschedule(): Promise<void> {
    let delayMs = INTERVAL_MS;
    try {
      await this.run();
    } catch (error) {
      // Rows go to the default partitions meanwhile, so nothing is lost by waiting.
      delayMs = RETRY_MS;
      if (!this.isStopped)
        this.logger.warn(`Partitions could not be maintained: ${(error as Error).message}`);
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.runAndReschedule(), delayMs).unref();
  }
}

function listTables({ usageDays, tracesDays }: RetentionOptions): PartitionedTable[] {
  const monthly = { unit: 'month', ahead: 2, retentionDays: usageDays } as const;
  const rollup = { timeColumn: 'bucket', storage: 'WITH (fillfactor = 70)' };
  return [
    { ...monthly, name: 'usage_ledger', timeColumn: 'started_at', storage: '' },
    { ...monthly, ...rollup, name: 'usage_refusals', timeColumn: 'minute' },
    ...USAGE_ROLLUPS.map(({ table }) => ({ ...monthly, ...rollup, name: table })),
    {
      name: 'traces',
      timeColumn: 'started_at',
      unit: 'day',
      ahead: 3,
      retentionDays: tracesDays,
      storage: '',
    },
  ];
}
