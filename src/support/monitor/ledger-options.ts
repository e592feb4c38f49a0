export interface LedgerOptions {
  /** Parent of the journals of all processes, `<DATA_DIR>/journal`. */
  journalDir: string;
  /** Bound on this process's journal; new paid work is refused beyond it. 1 GiB unless set otherwise. */
  maxJournalBytes: number;
  /** Longest time a record waits for its batch while PostgreSQL is up. 200 ms unless set otherwise. */
  flushIntervalMs: number;
}

export const LEDGER_OPTIONS = Symbol('LedgerOptions');

export interface RetentionOptions {
  usageDays: number;
  tracesDays: number;
}

export const RETENTION_OPTIONS = Symbol('RetentionOptions');
