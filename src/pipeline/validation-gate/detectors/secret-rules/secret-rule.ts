/**
 * One public shape of a credential. `anchors` are literal pieces that every secret of the shape contains, and that ordinary
 * text hardly does: only where one stands is `pattern` tried, beginning `leads` units before it.
 */
export interface SecretRule {
  name: string;
  anchors: readonly string[];
  /**
   * Source of a regular expression, tried at one place only. An open repetition such as `{20,}` takes a secret whole that
   * is longer than expected; one that something must follow is bounded, or begins where none can have begun before it.
   */
  pattern: string;
  /** Units between the beginning of a match and its anchor; several are tried. Negative: the match begins inside it. */
  leads: readonly number[];
}

/** A token that begins with its anchor, not right behind a letter or digit. */
export function token(name: string, anchors: readonly string[], rest: string): SecretRule {
  const starts = anchors.map(escapePattern).join('|');
  return { name, anchors, pattern: `${BOUNDARY}(?:${starts})${rest}`, leads: [0] };
}

/** Any pattern, with the anchor somewhere inside. */
export function shape(
  name: string,
  anchors: readonly string[],
  leads: readonly number[],
  pattern: string,
): SecretRule {
  return { name, anchors, pattern: `${BOUNDARY}${pattern}`, leads };
}

/** Tool arguments are JSON written as text: the letter of a `\n` before a token does not make it part of a word. */
const BOUNDARY = '(?:(?<![A-Za-z0-9])|(?<=\\\\[nrt]))';

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
