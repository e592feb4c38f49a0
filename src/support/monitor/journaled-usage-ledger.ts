import fs from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { createId } from '../../common/ids.js';
import type { Scope } from '../../tenancy/config-snapshot.js';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';
import { Journal } from './journal.js';
import { JournalAdoption } from './journal-adoption.js';
import { createLockedDirectory } from './journal-directory.js';
import { LEDGER_OPTIONS, type LedgerOptions } from './ledger-options.js';
import { BATCH_ROWS, LedgerWriter } from './ledger-writer.js';
import { addSpent, type Spent } from './spent.js';
import type { UsageEvent, UsageLedger } from './usage-event.js';
import { UsageRepository } from './usage.repository.js';
import { decodeUsageEvent, encodeUsageEvent } from './usage-record.js';

const SYNC_INTERVAL_MS = 100;
const ADOPTION_INTERVAL_MS = 30_000;
const CLOSE_DEADLINE_MS = 5_000;
const MAX_SEGMENT_BYTES = 8 * 1024 * 1024;
/** 20,000 records of about 400 bytes. */
const MAX_MEMORY_RECORDS = 20_000;

/**
 * The usage ledger: journal first, PostgreSQL behind it.
 *
 * Guarantees: an event that `recordUsage` returned for while `isWritable` was true survives a killed process; every event
 * becomes exactly one ledger row and counts exactly once in the roll-ups, however often it is replayed.
 *
 * 1. `recordUsage` appends the encoded event to this process's journal file (about 3 us).
 * 2. Every `flushIntervalMs`, or when 500 wait, batches go to PostgreSQL; the rows' key makes repeats harmless.
 * 3. Every 100 ms the file is brought to the disk. 4. At start and every 30 s the journals of dead processes are adopted.
 *
 * PostgreSQL down: the journal grows to its bound, then `isWritable` is false. Disk full: `isWritable` is false at once,
 * events of running requests wait in memory. A record that PostgreSQL refuses is kept in `rejected.jsonl` and logged.
 */
@Injectable()
export class JournaledUsageLedger implements UsageLedger, OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(JournaledUsageLedger.name);
  private readonly writer: LedgerWriter;
  private readonly adoption: JournalAdoption;
  private journal: Journal | null = null;
  private timers: NodeJS.Timeout[] = [];
  private rejected = 0;

  constructor(
    @Inject(LEDGER_OPTIONS) private readonly options: LedgerOptions,
    @Inject(SQL_CLIENT) sql: SqlClient,
    private readonly usage: UsageRepository,
  ) {
    this.writer = new LedgerWriter(sql, {
      onRejected: (payload, cause) => this.keepRejected(payload, cause),
      onStateChange: (failure) => this.logState(failure),
      onUnreadable: (error) => this.logger.error(`${error.message}: ${String(error.cause)}`),
    });
    this.adoption = new JournalAdoption(options.journalDir, this.writer, {
      onDamaged: (line) => this.keepRejected(line, 'CRC'),
      onStuck: (path, cause) =>
        this.logger.error(`The journal ${path} of another process stays where it is: ${String(cause)}`),
    });
  }

  onModuleInit(): void {
    this.open();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** Makes the journal and starts the timers. @throws when `journalDir` is not writable. */
  open(): void {
    this.journal = new Journal(createLockedDirectory(this.options.journalDir, createId()), {
      maxBytes: this.options.maxJournalBytes,
      maxSegmentBytes: MAX_SEGMENT_BYTES,
      maxMemoryRecords: MAX_MEMORY_RECORDS,
      onDamaged: (line) => this.keepRejected(line, 'CRC'),
    });
    this.startTimer(() => void this.journal?.tick(), SYNC_INTERVAL_MS);
    this.startTimer(() => this.poke(), this.options.flushIntervalMs);
    this.startTimer(() => this.adoption.poke(), ADOPTION_INTERVAL_MS);
    this.adoption.poke();
  }

  recordUsage(event: UsageEvent): void {
    const journal = this.journal;
    if (journal === null) {
      this.logger.error(`A usage event came after the ledger was closed: ${encodeUsageEvent(event)}`);
      return;
    }
    journal.append(encodeUsageEvent(event));
    if (journal.pendingCount >= BATCH_ROWS) this.writer.poke(journal);
  }

  isWritable(): boolean {
    return this.journal?.isWritable() ?? false;
  }

  /** Events of this process that are not in PostgreSQL yet, bytes of its journal files, journals of others being replayed. */
  get backlog(): { records: number; bytes: number; adopted: number } {
    const journal = this.journal;
    return {
      records: journal?.pendingCount ?? 0,
      bytes: journal?.totalBytes ?? 0,
      adopted: this.adoption.count,
    };
  }

  /** Records that were set aside since the process started: PostgreSQL refused them, or the disk gave them back damaged. */
  get rejectedRecords(): number {
    return this.rejected;
  }

  async flush(): Promise<void> {
    await this.adoption.adoptAndReplay();
    const journal = this.journal;
    if (journal === null) return;
    const target = journal.sequences.tail;
    await this.writer.drain(journal, () => journal.sequences.head >= target);
  }

  /**
   * What a tenant, or a part of it, spent in [fromMs, toMs): PostgreSQL's rows plus what this process has journaled and not
   * written yet, neither missed nor counted twice. Other processes' rows appear within their flush interval.
   * @throws when PostgreSQL is down.
   */
  async findSpent(tenantId: string, scope: Scope, fromMs: number, toMs: number): Promise<Spent> {
    await this.flush();
    return this.writer.runAlone(async () => {
      if (this.journal !== null) await this.writer.settleUncertainty(this.journal);
      const spent: Spent = { costNanoUsd: 0n, tokens: 0n };
      const scopes = await this.usage.spreadScope(scope);
      // First what is pending, then the query: what arrives between the two belongs to requests that are still running.
      for await (const payload of this.journal?.listPending() ?? []) {
        const event = decodeUsageEvent(payload);
        for (const one of scopes) addSpent(spent, event, { tenantId, scope: one, fromMs, toMs });
      }
      const range = { tenantId, groupBy: [], interval: null, fromMs, toMs, timeZone: 'UTC' };
      for (const one of scopes) {
        for (const row of await this.usage.queryUsage({ ...range, filters: { ...one } })) {
          spent.costNanoUsd += row.costNanoUsd;
          spent.tokens += BigInt(
            row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWriteTokens,
          );
        }
      }
      return spent;
    });
  }

  /** Flushes, at most for the deadline; the rest stays in the journal for the next start. */
  async close(deadlineMs = CLOSE_DEADLINE_MS): Promise<void> {
    const journal = this.journal;
    if (journal === null) return;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    const flushed = await finishWithin(deadlineMs, this.flush());
    const stopped = Promise.all([this.writer.stop(), this.adoption.stop()]);
    // After a missed deadline a statement may hang; what it does cannot do harm, and nobody waits for it.
    if (flushed) await stopped;
    this.journal = null;
    journal.close();
  }

  private poke(): void {
    if (this.journal !== null && this.journal.pendingCount > 0) this.writer.poke(this.journal);
  }

  private startTimer(run: () => void, intervalMs: number): void {
    this.timers.push(setInterval(run, intervalMs).unref());
  }

  private logState(failure: Error | null): void {
    if (failure === null) this.logger.log('PostgreSQL takes usage records again');
    else this.logger.warn(`PostgreSQL takes no usage records, they stay in the journal: ${failure.message}`);
  }

  /** Spend must not vanish silently: what cannot become a row is kept for a person to look at. Never throws. */
  private keepRejected(payload: string, cause: unknown): void {
    this.rejected += 1;
    const reason = cause instanceof Error ? cause.message : String(cause);
    try {
      fs.appendFileSync(join(this.options.journalDir, 'rejected.jsonl'), `${payload}\n`, { mode: 0o600 });
      this.logger.error(`A usage record was rejected and kept in rejected.jsonl: ${reason}`);
    } catch (error) {
      // A full disk must not let one such record hold up all others; the log is the last place for it.
      this.logger.error(`A usage record was rejected (${reason}; ${String(error)}): ${payload}`);
    }
  }
}

/** Whether the work succeeded in time. It is not stopped when it did not. */
async function finishWithin(deadlineMs: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  // A failed flush leaves the records in the journal, which is what the deadline means too.
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, deadline]).finally(() => clearTimeout(timer));
}
