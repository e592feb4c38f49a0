import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { createId, type KeyId, type TenantId } from '../../common/ids.js';
import type { LimitMetric } from '../../tenancy/config-snapshot.js';
import { MetricsService } from './metrics.service.js';
import { RefusalCounts } from './refusal-counts.js';
import { RefusalRepository } from './refusal.repository.js';

const FLUSH_INTERVAL_MS = 5_000;
const BATCH_ROWS = 1_000;
/** About 15 MB. */
const MAX_ENTRIES = 50_000;

/**
 * Counts what rate and concurrency limits refuse, per key and minute; such requests are no rows of the ledger, since they
 * cost nothing and may be many.
 *
 * 1. `count` adds to a number in memory.
 * 2. Every five seconds, and at shutdown, what changed goes to PostgreSQL: this process's value of the minute as a whole, so
 *    that a batch whose commit is unknown can be written again.
 * 3. PostgreSQL down: the counts wait, bounded (RefusalCounts). A process that is killed loses its last five seconds.
 */
@Injectable()
export class RefusalLedger implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RefusalLedger.name);
  private readonly processId = createId();
  private readonly counts = new RefusalCounts(MAX_ENTRIES);
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private isFailing = false;

  constructor(
    private readonly repository: RefusalRepository,
    metrics: MetricsService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const help = 'Refusals that could not be counted per key, because PostgreSQL was down for long';
    metrics.observeCount('refusals_dropped_total', help, [], () => [
      { labels: {}, value: this.counts.dropped },
    ]);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flushQuietly(), FLUSH_INTERVAL_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.running;
    await this.flushQuietly();
  }

  count(tenantId: TenantId, keyId: KeyId, metric: LimitMetric): void {
    this.counts.count(tenantId, keyId, metric, this.clock.nowMs());
  }

  /** @throws when PostgreSQL is down; nothing is lost. */
  async flush(): Promise<void> {
    for (;;) {
      const changed = this.counts.listChanged(BATCH_ROWS);
      await this.repository.write(this.processId, changed);
      this.counts.markStored(changed);
      if (changed.length < BATCH_ROWS) break;
    }
    this.counts.forgetStored(this.clock.nowMs());
  }

  /** A run that is under way is not joined by another. Never rejects. */
  private flushQuietly(): Promise<void> {
    this.running ??= this.tryFlush().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async tryFlush(): Promise<void> {
    try {
      await this.flush();
      this.isFailing = false;
    } catch (error) {
      // Said once; the ledger, which needs the same database, tells the rest.
      if (!this.isFailing) this.logger.warn(`Refusals could not be stored: ${(error as Error).message}`);
      this.isFailing = true;
    }
  }
}
