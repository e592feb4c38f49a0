const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const OPENING_BRACE = 0x7b;

/** Members that carry generated text in either dialect. */
const TEXT_MEMBERS = groupByLength([
  'text',
  'content',
  'refusal',
  'thinking',
  'arguments',
  'reasoning',
  'partial_json',
  'reasoning_content',
]);
const USAGE = Buffer.from('usage');
const ERROR = Buffer.from('error');
const FINISH_REASON = Buffer.from('finish_reason');

function groupByLength(names: readonly string[]): readonly (readonly Buffer[])[] {
  const lengths = Array.from({ length: 1 + Math.max(...names.map((name) => name.length)) }, (_, at) => at);
  return lengths.map((length) =>
    names.filter((name) => name.length === length).map((name) => Buffer.from(name)),
  );
}

/**
 * What one stream frame of either dialect holds, without parsing it: looks at each byte at most once. Made once per stream;
 * `scan` fills it anew for each frame.
 */
export class FrameScan {
  /**
   * Bytes of generated text: string values of the members that carry text, thinking and tool arguments. Escapes count by
   * their written form, so that it is an estimate, never far below the truth.
   */
  textBytes = 0;
  /**
   * The byte with which the value of a member of this name starts, at any depth; 0 where there is none. Of several, an
   * object counts.
   */
  usageByte = 0;
  errorByte = 0;
  finishReasonByte = 0;

  scan(bytes: Buffer, start: number, end: number): void {
    this.textBytes = 0;
    this.usageByte = 0;
    this.errorByte = 0;
    this.finishReasonByte = 0;
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
      const after = skipBlanks(bytes, index + 1, end);
      if (bytes[after] === COLON && after < end) {
        isTextNext = this.noteMember(bytes, textStart, length, after + 1);
      } else {
        if (isTextNext) this.textBytes += length;
        isTextNext = false;
      }
      index += 1;
    }
  }

  /** Whether the member carries text. */
  private noteMember(bytes: Buffer, start: number, length: number, afterColon: number): boolean {
    if (length === USAGE.length) {
      if (startsWith(bytes, start, USAGE)) this.usageByte = chooseByte(this.usageByte, bytes, afterColon);
      else if (startsWith(bytes, start, ERROR))
        this.errorByte = chooseByte(this.errorByte, bytes, afterColon);
      return false;
    }
    if (length === FINISH_REASON.length) {
      if (startsWith(bytes, start, FINISH_REASON)) this.finishReasonByte = readValueByte(bytes, afterColon);
      return false;
    }
    return isTextMember(bytes, start, length);
  }
}

function isTextMember(bytes: Buffer, start: number, length: number): boolean {
  const names = TEXT_MEMBERS[length];
  if (names === undefined) return false;
  for (const name of names) {
    if (startsWith(bytes, start, name)) return true;
  }
  return false;
}

function chooseByte(before: number, bytes: Buffer, afterColon: number): number {
  return before === OPENING_BRACE ? before : readValueByte(bytes, afterColon);
}

function readValueByte(bytes: Buffer, from: number): number {
  return bytes[skipBlanks(bytes, from, bytes.length)] ?? 0;
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

function skipBlanks(bytes: Buffer, from: number, end: number): number {
  let index = from;
  while (index < end && (bytes[index] === SPACE || bytes[index] === TAB)) index += 1;
  return index;
}

function startsWith(bytes: Buffer, start: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (bytes[start + index] !== name[index]) return false;
  }
  return true;
}
