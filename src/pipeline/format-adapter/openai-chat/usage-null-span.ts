const USAGE = Buffer.from('"usage"');
const NULL = Buffer.from('null');
const DATA = Buffer.from('data:');
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
 * is none. A member of that name deeper inside, or the same letters in a text, are not touched. Looks at each byte once.
 */
export function findUsageNullSpan(frame: Buffer): ByteSpan | null {
  let depth = 0;
  let index = findDataStart(frame);
  while (index < frame.length) {
    const byte = frame[index];
    if (byte === QUOTE) {
      const end = depth === 1 ? findNullEnd(frame, index) : -1;
      if (end >= 0) return withComma(frame, index, end);
      index = findStringEnd(frame, index + 1);
    } else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    index += 1;
  }
  return null;
}

/** After the field's name: what stands in comments and other fields before it is no JSON. */
function findDataStart(frame: Buffer): number {
  let at = frame.indexOf(DATA);
  while (at > 0 && frame[at - 1] !== 0x0a && frame[at - 1] !== 0x0d) at = frame.indexOf(DATA, at + 1);
  return at < 0 ? frame.length : at + DATA.length;
}

function findStringEnd(frame: Buffer, from: number): number {
  let index = from;
  while (index < frame.length && frame[index] !== QUOTE) index += frame[index] === BACKSLASH ? 2 : 1;
  return index;
}

/** The end of a member that starts at `from`, if it is `"usage": null`; else -1. */
function findNullEnd(frame: Buffer, from: number): number {
  if (!matches(frame, from, USAGE)) return -1;
  const colon = skipSpace(frame, from + USAGE.length);
  if (frame[colon] !== COLON) return -1;
  const value = skipSpace(frame, colon + 1);
  return matches(frame, value, NULL) ? value + NULL.length : -1;
}

function matches(frame: Buffer, from: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (frame[from + index] !== expected[index]) return false;
  }
  return true;
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
