import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import { RECORD_LIFE_MS, SECRET_REPLAY_MS } from './idempotency.service.js';

const INTERVAL_MS = 60_000;

/** Rows that another process has in hand are left to it, so that no two wait for each other. */
const FORGET_SECRETS = `UPDATE idempotency_records SET secret_sealed = NULL WHERE id IN (
  SELECT id FROM idempotency_records WHERE created_at <= $1 AND secret_sealed IS NOT NULL FOR UPDATE SKIP LOCKED)`;
const DELETE_RECORDS = `DELETE FROM idempotency_records WHERE id IN (
  SELECT id FROM idempotency_records WHERE created_at < $1 FOR UPDATE SKIP LOCKED)`;

/**
 * Secrets that are not replayed any more do not stay in the database, also where nobody sends another Idempotency-Key:
 * they are gone within a minute of their time, the records with them a day later. Every process does so. PostgreSQL down:
 * tried again a minute later.
 */
@Injectable()
export class IdempotencyMaintenance implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(IdempotencyMaintenance.name);
  private timer: NodeJS.Timeout | null = null;
  private isFailing = false;
  private isStopped = false;

  constructor(
    @Inject(SQL_CLIENT) private readonly sql: SqlClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run(), INTERVAL_MS).unref();
    void this.run();
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    if (this.timer !== null) clearInterval(this.timer);
  }

  private async run(): Promise<void> {
    const nowMs = this.clock.nowMs();
    try {
      await this.sql.query(FORGET_SECRETS, [new Date(nowMs - SECRET_REPLAY_MS)]);
      await this.sql.query(DELETE_RECORDS, [new Date(nowMs - RECORD_LIFE_MS)]);
      this.isFailing = false;
    } catch (error) {
      // Once per outage, not once a minute.
      if (!this.isStopped && !this.isFailing)
        this.logger.warn(`Old idempotency records could not be cleared: ${(error as Error).message}`);
      this.isFailing = true;
    }
  }
}
