/** For a log line: what was thrown, in a few words. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message : `something that is no error (${typeof cause})`;
}
