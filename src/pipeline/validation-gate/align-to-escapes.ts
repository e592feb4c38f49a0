import type { TextSpan } from './detector.port.js';

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const HEX_ESCAPE = /\\u[0-9A-Fa-f]{0,4}$/;
const HEX_DIGITS = /^[0-9A-Fa-f]{0,4}/;
const HEX_ESCAPE_LENGTH = 6;

/**
 * The span, widened to whole escapes of JSON: tool arguments are JSON written as text, and half an escape left behind
 * (`\` of a `\n`, `\u00` of a `\u0041`) would break what the reader parses.
 */
export function alignToEscapes(text: string, { start, end }: TextSpan): TextSpan {
  return { start: alignStart(text, start), end: alignEnd(text, end) };
}

function alignStart(text: string, start: number): number {
  if (endsWithOpenBackslash(text, start)) return start - 1;
  const before = HEX_ESCAPE.exec(text.slice(Math.max(0, start - HEX_ESCAPE_LENGTH + 1), start));
  if (before === null) return start;
  const escape = start - before[0].length;
  return endsWithOpenBackslash(text, escape + 1) ? escape : start;
}

function alignEnd(text: string, end: number): number {
  if (endsWithOpenBackslash(text, end)) {
    return text.charCodeAt(end) === LETTER_U
      ? end + 1 + countHexDigits(text, end + 1, 4)
      : Math.min(end + 1, text.length);
  }
  const before = HEX_ESCAPE.exec(text.slice(Math.max(0, end - HEX_ESCAPE_LENGTH + 1), end));
  if (before === null || !endsWithOpenBackslash(text, end - before[0].length + 1)) return end;
  return end + countHexDigits(text, end, HEX_ESCAPE_LENGTH - before[0].length);
}

/** Whether a backslash that is not itself escaped stands right before this position. */
function endsWithOpenBackslash(text: string, position: number): boolean {
  let first = position;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (position - first) % 2 === 1;
}

function countHexDigits(text: string, position: number, max: number): number {
  return HEX_DIGITS.exec(text.slice(position, position + max))?.[0].length ?? 0;
}
