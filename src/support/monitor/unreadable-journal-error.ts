/** The disk does not give back a journal. */
export class UnreadableJournalError extends Error {
  constructor(path: string, cause: unknown) {
    super(`The journal ${path} cannot be read`, { cause });
    this.name = 'UnreadableJournalError';
  }
}
