const USAGE = Buffer.from('"usage"');
const NULL = Buffer.from('null');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Half-open range of bytes. */
export interface ByteSpan {
  start: number;
  end: number;
}

/**
 * The bytes of a top-level `"usage": null` member of a chunk's frame, with the comma that separates it; null when there
 * is none. A member of that name deeper inside, or the same letters in a text, are not touched.
 */
export function findUsageNullSpan(frame: Buffer): ByteSpan | null {
  let at = frame.indexOf(USAGE);
  while (at >= 0) {
    const end = findNullEnd(frame, at + USAGE.length);
    if (end >= 0 && isTopLevelFrom(frame, end)) return withComma(frame, at, end);
    at = frame.indexOf(USAGE, at + USAGE.length);
  }
  return null;
}

function findNullEnd(frame: Buffer, from: number): number {
  const colon = skipSpace(frame, from);
  if (frame[colon] !== COLON) return -1;
  const value = skipSpace(frame, colon + 1);
  return frame.subarray(value, value + NULL.length).equals(NULL) ? value + NULL.length : -1;
}

/** What is left of the frame closes exactly one object: the member stands in the outermost one. */
function isTopLevelFrom(frame: Buffer, from: number): boolean {
  let depth = 1;
  let isInString = false;
  for (let index = from; index < frame.length; index += 1) {
    const byte = frame[index];
    if (isInString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return depth === 0;
}

function withComma(frame: Buffer, start: number, end: number): ByteSpan {
  let before = start - 1;
  while (before > 0 && isSpace(frame[before])) before -= 1;
  if (frame[before] === COMMA) return { start: before, end };
  const after = skipSpace(frame, end);
  return frame[after] === COMMA ? { start, end: skipSpace(frame, after + 1) } : { start, end };
}

function skipSpace(frame: Buffer, from: number): number {
  let index = from;
  while (isSpace(frame[index])) index += 1;
  return index;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
