/** An instant that a schema has checked, or none. */
export function parseDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
