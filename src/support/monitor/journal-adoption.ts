import { DeadJournal, UnreadableJournalError } from './dead-journal.js';
import { adoptDirectories } from './journal-directory.js';
import type { LedgerWriter } from './ledger-writer.js';

export interface AdoptionEvents {
  onDamaged: (line: string) => void;
  onUnreadable: (error: UnreadableJournalError) => void;
}

/** Brings the journals of dead processes into PostgreSQL. Never throws from `poke`; a failed one is tried again later. */
export class JournalAdoption {
  private readonly root: string;
  private readonly writer: LedgerWriter;
  private readonly events: AdoptionEvents;
  private readonly journals: DeadJournal[] = [];
  /** Kept, and kept locked, for a person to look at; they must not hold up the others. */
  private readonly unreadable: DeadJournal[] = [];
  private running: Promise<void> | null = null;

  constructor(root: string, writer: LedgerWriter, events: AdoptionEvents) {
    this.root = root;
    this.writer = writer;
    this.events = events;
  }

  /** Journals that are locked by this process and not done. */
  get count(): number {
    return this.journals.length;
  }

  /** Looks for journals that nobody holds; then replays and deletes all it has. @throws when PostgreSQL is down. */
  async adoptAndReplay(): Promise<void> {
    for (const directory of adoptDirectories(this.root))
      this.journals.push(new DeadJournal(directory, this.events.onDamaged));
    this.running ??= this.replay().finally(() => {
      this.running = null;
    });
    await this.running;
  }

  poke(): void {
    // PostgreSQL is down or a disk fails: the ledger writer reports the former, the directory stays for the next attempt.
    this.adoptAndReplay().catch(() => undefined);
  }

  /** Leaves what is not replayed to others. */
  async stop(): Promise<void> {
    await this.running?.catch(() => undefined);
    for (const journal of [...this.journals, ...this.unreadable]) journal.release();
    this.journals.length = 0;
    this.unreadable.length = 0;
  }

  private async replay(): Promise<void> {
    for (let journal = this.journals[0]; journal !== undefined; journal = this.journals[0]) {
      const isReplayed = await this.tryReplay(journal);
      if (this.writer.isStopped) return;
      if (isReplayed) journal.remove();
      else this.unreadable.push(journal);
      this.journals.shift();
    }
  }

  /** False when the disk does not give the journal back. @throws when PostgreSQL is down. */
  private async tryReplay(journal: DeadJournal): Promise<boolean> {
    try {
      await this.writer.drain(journal);
      return true;
    } catch (error) {
      if (!(error instanceof UnreadableJournalError)) throw error;
      this.events.onUnreadable(error);
      return false;
    }
  }
}
