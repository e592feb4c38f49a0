import type { SqlClient } from '../../storage/database/sql-client.port.js';
import { insertUsage, type OnRejected } from './insert-usage.js';
import type { CountedRecords, PendingRecords } from './pending-records.js';
import { UnreadableJournalError } from './unreadable-journal-error.js';

export const BATCH_ROWS = 500;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;

export interface LedgerWriterEvents {
  onRejected: OnRejected;
  /** The first failure after a success, and the first success after a failure. */
  onStateChange: (failure: Error | null) => void;
  /** The process's own journal could not be read; told at every attempt, one in ten seconds. */
  onUnreadable: (error: UnreadableJournalError) => void;
}

/**
 * Moves records from journals to PostgreSQL, one batch at a time.
 *
 * 1. `poke` starts a run that writes batches until less than one is pending: what came meanwhile waits for the next poke,
 *    so that steady traffic costs a statement per interval and not one per round trip.
 * 2. A failed batch stays where it was; the next attempt comes after a delay that doubles from 200 ms to 10 s. Whether its
 *    commit happened is unknown then (`uncertain`) until it was written again, which changes nothing if it did.
 * 3. `runAlone` keeps batches out while the caller compares PostgreSQL with what is pending.
 */
export class LedgerWriter {
  private readonly sql: SqlClient;
  private readonly events: LedgerWriterEvents;
  private queue: Promise<unknown> = Promise.resolve();
  private running: Promise<void> | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private delayMs = 0;
  private readonly uncertain = new WeakSet<PendingRecords>();
  private stopped = false;

  constructor(sql: SqlClient, events: LedgerWriterEvents) {
    this.sql = sql;
    this.events = events;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  /** Starts writing unless a run is under way or PostgreSQL was found down a moment ago. Never throws. */
  poke(source: CountedRecords): void {
    if (this.running !== null || this.retryTimer !== null || this.stopped) return;
    this.running = this.writeFullBatches(source)
      .catch((error: unknown) => this.recover(source, error))
      .finally(() => {
        this.running = null;
      });
  }

  /** Writes batches until `isDone` or nothing is left. @throws what PostgreSQL throws. */
  async drain(source: PendingRecords, isDone: () => boolean = () => false): Promise<void> {
    while (!this.stopped && !isDone()) {
      const written = await this.runAlone(() => this.writeBatch(source));
      if (written === 0) return;
    }
  }

  /** No batch is written while `work` runs; calls run one after the other. */
  runAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** Inside `runAlone`: makes sure that nothing pending is in PostgreSQL. @throws when PostgreSQL is down. */
  async settleUncertainty(source: PendingRecords): Promise<void> {
    if (this.uncertain.has(source)) await this.writeBatch(source);
  }

  /** Resolves when the run under way has ended; no other is started. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    await this.running;
  }

  private async writeFullBatches(source: CountedRecords): Promise<void> {
    do await this.runAlone(() => this.writeBatch(source));
    while (!this.stopped && source.pendingCount >= BATCH_ROWS);
  }

  private async writeBatch(source: PendingRecords): Promise<number> {
    const payloads = await source.peek(BATCH_ROWS);
    if (payloads.length === 0) return 0;
    try {
      await insertUsage(this.sql, payloads, this.events.onRejected);
    } catch (error) {
      this.uncertain.add(source);
      if (this.delayMs === 0) this.events.onStateChange(error as Error);
      this.delayMs = Math.min(Math.max(FIRST_DELAY_MS, this.delayMs * 2), MAX_DELAY_MS);
      throw error;
    }
    if (this.delayMs > 0) this.events.onStateChange(null);
    this.delayMs = 0;
    this.uncertain.delete(source);
    source.advance(payloads.length);
    return payloads.length;
  }

  private recover(source: CountedRecords, error: unknown): void {
    if (this.stopped) return;
    const isUnreadable = error instanceof UnreadableJournalError;
    if (isUnreadable) this.events.onUnreadable(error);
    const delayMs = isUnreadable ? MAX_DELAY_MS : Math.max(this.delayMs, FIRST_DELAY_MS);
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.poke(source);
    }, delayMs).unref();
  }
}
