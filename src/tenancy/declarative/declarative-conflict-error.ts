/** The file is sound, but not for this database. Says each reason; holds no secrets. */
export class DeclarativeConflictError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be applied to this database:\n  ${problems.join('\n  ')}`);
    this.name = 'DeclarativeConflictError';
  }
}
