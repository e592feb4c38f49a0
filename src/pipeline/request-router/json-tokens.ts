/** Bytes from `start` up to, not including, `end`. */
export interface Span {
  start: number;
  end: number;
}

/** A string's end is looked for byte by byte this far, then natively: a native call costs as much as some 40 bytes here. */
const BYTES_BEFORE_LEAP = 40;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** `position` is after the opening quote; returns the position after the closing one, or the end of the text. */
export function skipString(body: Buffer, position: number): number {
  const end = body.length;
  while (position < end) {
    const near = Math.min(position + BYTES_BEFORE_LEAP, end);
    while (position < near) {
      const byte = body[position];
      if (byte === QUOTE) return position + 1;
      position += byte === BACKSLASH ? 2 : 1;
    }
    const quote = body.indexOf(QUOTE, position);
    if (quote < 0) return end;
    // An odd run of backslashes before it means that the quote is text.
    let backslashes = quote;
    while (backslashes > position && body[backslashes - 1] === BACKSLASH) backslashes--;
    if (((quote - backslashes) & 1) === 0) return quote + 1;
    position = quote + 1;
  }
  return end;
}

/** The meaning of a name token, quotes included in the span. Text that is not JSON is given back as it stands. */
export function decodeName(body: Buffer, start: number, end: number): string {
  const token = body.toString('utf8', start, end);
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

export function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
