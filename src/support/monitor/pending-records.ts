/** Records on their way to PostgreSQL, oldest first. One reader at a time. */
export interface PendingRecords {
  /** The oldest records, at least one unless there are none, at most `max`. They stay until `advance`. */
  peek(max: number): Promise<readonly string[]>;
  /** The first `count` records of the last `peek` are in PostgreSQL. */
  advance(count: number): void;
}

/** Those of a journal that is still written to. */
export interface CountedRecords extends PendingRecords {
  readonly pendingCount: number;
}
