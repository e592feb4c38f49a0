import { DeadJournal } from './dead-journal.js';
import { adoptDirectories, type LockedDirectory } from './journal-directory.js';
import type { LedgerWriter } from './ledger-writer.js';
import { UnreadableJournalError } from './unreadable-journal-error.js';

export interface AdoptionEvents {
  onDamaged: (line: string) => void;
  /** Told once of each journal that stays where it is, because the file system refuses to open, read or remove it. */
  onStuck: (path: string, cause: unknown) => void;
}

/** Brings the journals of dead processes into PostgreSQL. Never throws from `poke`; a failed one is tried again later. */
export class JournalAdoption {
  private readonly root: string;
  private readonly writer: LedgerWriter;
  private readonly events: AdoptionEvents;
  private readonly journals: DeadJournal[] = [];
  /** Kept, and kept locked, for a person to look at; they must not hold up the others. */
  private readonly unreadable: DeadJournal[] = [];
  private readonly reported = new Set<string>();
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
    for (const directory of adoptDirectories(this.root, this.reportOnce)) this.open(directory);
    this.running ??= this.replay().finally(() => {
      this.running = null;
    });
    await this.running;
  }

  poke(): void {
    // PostgreSQL is down: the ledger writer reports it, the directory stays for the next attempt.
    this.adoptAndReplay().catch(() => undefined);
  }

  /** Leaves what is not replayed to others. */
  async stop(): Promise<void> {
    await this.running?.catch(() => undefined);
    for (const journal of [...this.journals, ...this.unreadable]) journal.release();
    this.journals.length = 0;
    this.unreadable.length = 0;
  }

  private open(directory: LockedDirectory): void {
    try {
      this.journals.push(new DeadJournal(directory, this.events.onDamaged));
    } catch (error) {
      directory.unlock();
      this.reportOnce(directory.path, error);
    }
  }

  private async replay(): Promise<void> {
    for (let journal = this.journals[0]; journal !== undefined; journal = this.journals[0]) {
      const isReplayed = await this.tryReplay(journal);
      if (this.writer.isStopped) return;
      this.journals.shift();
      if (isReplayed) this.remove(journal);
      else this.unreadable.push(journal);
    }
  }

  /** False when the disk does not give the journal back. @throws when PostgreSQL is down. */
  private async tryReplay(journal: DeadJournal): Promise<boolean> {
    try {
      await this.writer.drain(journal);
      return true;
    } catch (error) {
      if (!(error instanceof UnreadableJournalError)) throw error;
      this.reportOnce(journal.path, error.cause);
      return false;
    }
  }

  /** One that stays is replayed again, which changes nothing. */
  private remove(journal: DeadJournal): void {
    try {
      journal.remove();
    } catch (error) {
      this.reportOnce(journal.path, error);
    }
  }

  private readonly reportOnce = (path: string, cause: unknown): void => {
    if (this.reported.has(path)) return;
    this.reported.add(path);
    this.events.onStuck(path, cause);
  };
}
