const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;

/**
 * Bytes of generated text in one stream frame of either dialect, without parsing it: the lengths of the string values of
 * the members that carry text, thinking and tool arguments. Escapes count by their written form, so that it is an
 * estimate, never far below the truth. Looks at each byte from `start` to `end` at most once.
 */
export function countDeltaBytes(bytes: Buffer, start: number, end: number): number {
  let total = 0;
  let isTextNext = false;
  let index = start;
  while (index < end) {
    if (bytes[index] !== QUOTE) {
      index += 1;
      continue;
    }
    const textStart = index + 1;
    index = findStringEnd(bytes, textStart, end);
    const length = index - textStart;
    index += 1;
    if (isNameEnd(bytes, index, end)) isTextNext = isTextMember(bytes, textStart, length);
    else {
      if (isTextNext) total += length;
      isTextNext = false;
    }
  }
  return total;
}

function findStringEnd(bytes: Buffer, from: number, end: number): number {
  let index = from;
  while (index < end) {
    const byte = bytes[index];
    if (byte === QUOTE) return index;
    index += byte === BACKSLASH ? 2 : 1;
  }
  return end;
}

function isNameEnd(bytes: Buffer, from: number, end: number): boolean {
  let index = from;
  while (index < end && bytes[index] === SPACE) index += 1;
  return bytes[index] === COLON;
}

/** By length and first letter: content, refusal, arguments, reasoning_content, text, thinking, partial_json. */
function isTextMember(bytes: Buffer, start: number, length: number): boolean {
  const first = bytes[start];
  switch (length) {
    case 4:
      return bytes[start + 1] === 0x65 && first === 0x74 && bytes[start + 2] === 0x78;
    case 7:
      return (first === 0x63 && bytes[start + 3] === 0x74) || (first === 0x72 && bytes[start + 2] === 0x66);
    case 8:
      return first === 0x74 && bytes[start + 1] === 0x68;
    case 9:
      return first === 0x61 && bytes[start + 1] === 0x72;
    case 12:
      return first === 0x70 && bytes[start + 7] === 0x5f;
    case 17:
      return first === 0x72 && bytes[start + 9] === 0x5f;
    default:
      return false;
  }
}
