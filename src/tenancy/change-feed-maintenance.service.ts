import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { SQL_CLIENT, type SqlClient } from '../storage/database/sql-client.port.js';
import { pruneChangeFeed } from './prune-change-feed.js';

const INTERVAL_MS = 3_600_000;

/** Keeps the change feed from growing for ever. PostgreSQL down: tried again an hour later. */
@Injectable()
export class ChangeFeedMaintenance implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeFeedMaintenance.name);
  private timer: NodeJS.Timeout | null = null;
  private isStopped = false;

  constructor(@Inject(SQL_CLIENT) private readonly sql: SqlClient) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run(), INTERVAL_MS).unref();
    void this.run();
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    if (this.timer !== null) clearInterval(this.timer);
  }

  private async run(): Promise<void> {
    try {
      await pruneChangeFeed(this.sql);
    } catch (error) {
      if (!this.isStopped)
        this.logger.warn(`The change feed could not be pruned: ${(error as Error).message}`);
    }
  }
}
