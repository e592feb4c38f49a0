/**
 * Finds where a text stops being JSON (RFC 8259): the offset of the first byte that no valid text could have there, the
 * text's length when it only ends too early, null when it is valid. Runs on refused bodies alone; the engine's own message
 * names no position for every fault and quotes the text.
 */
export function findJsonFault(body: Buffer): number | null {
  return new FaultFinder(body).find();
}

type Expected = 'value' | 'value-or-close' | 'name' | 'name-or-close' | 'colon' | 'comma-or-close' | 'end';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LITERALS = new Map([
  [0x74, Buffer.from('true')],
  [0x66, Buffer.from('false')],
  [0x6e, Buffer.from('null')],
]);
/** `"\/bfnrt`, what may follow a backslash besides `u`. */
const SIMPLE_ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

class FaultFinder {
  private position = 0;
  private expected: Expected = 'value';
  private readonly closers: number[] = [];

  constructor(private readonly body: Buffer) {}

  find(): number | null {
    for (;;) {
      this.skipWhitespace();
      const byte = this.body[this.position];
      if (byte === undefined) return this.expected === 'end' ? null : this.position;
      if (!this.takeToken(byte)) return this.position;
    }
  }

  /** On refusal `position` stays at the byte at fault. */
  private takeToken(byte: number): boolean {
    switch (this.expected) {
      case 'value':
        return this.takeValue(byte);
      case 'value-or-close':
        return byte === 0x5d ? this.takeClose() : this.takeValue(byte);
      case 'name':
        return this.takeName(byte);
      case 'name-or-close':
        return byte === 0x7d ? this.takeClose() : this.takeName(byte);
      case 'colon':
        return byte === 0x3a && this.advanceTo('value');
      case 'comma-or-close':
        return byte === 0x2c ? this.takeComma() : byte === this.closers.at(-1) && this.takeClose();
      case 'end':
        return false;
    }
  }

  private takeValue(byte: number): boolean {
    if (byte === 0x7b) return this.takeOpen(0x7d, 'name-or-close');
    if (byte === 0x5b) return this.takeOpen(0x5d, 'value-or-close');
    if (byte === QUOTE) return this.takeString() && this.endValue();
    const literal = LITERALS.get(byte);
    return (literal === undefined ? this.takeNumber() : this.takeLiteral(literal)) && this.endValue();
  }

  private takeName(byte: number): boolean {
    if (byte !== QUOTE || !this.takeString()) return false;
    this.expected = 'colon';
    return true;
  }

  private takeOpen(closer: number, expected: Expected): boolean {
    this.closers.push(closer);
    return this.advanceTo(expected);
  }

  private takeClose(): boolean {
    this.position++;
    this.closers.pop();
    return this.endValue();
  }

  private takeComma(): boolean {
    return this.advanceTo(this.closers.at(-1) === 0x7d ? 'name' : 'value');
  }

  private advanceTo(expected: Expected): boolean {
    this.position++;
    this.expected = expected;
    return true;
  }

  private endValue(): boolean {
    this.expected = this.closers.length === 0 ? 'end' : 'comma-or-close';
    return true;
  }

  private takeLiteral(literal: Buffer): boolean {
    for (const byte of literal) {
      if (this.body[this.position] !== byte) return false;
      this.position++;
    }
    return true;
  }

  private takeString(): boolean {
    this.position++;
    for (;;) {
      const byte = this.body[this.position];
      if (byte === undefined || byte < 0x20) return false;
      this.position++;
      if (byte === QUOTE) return true;
      if (byte === BACKSLASH && !this.takeEscape()) return false;
    }
  }

  private takeEscape(): boolean {
    const byte = this.body[this.position];
    if (byte === undefined) return false;
    if (byte !== 0x75) return SIMPLE_ESCAPES.has(byte) && this.advance();
    this.position++;
    for (let digit = 0; digit < 4; digit++) {
      if (!isHexDigit(this.body[this.position])) return false;
      this.position++;
    }
    return true;
  }

  private takeNumber(): boolean {
    if (this.body[this.position] === 0x2d) this.position++;
    if (this.body[this.position] === 0x30) this.position++;
    else if (!this.takeDigits()) return false;
    if (this.body[this.position] === 0x2e && !(this.advance() && this.takeDigits())) return false;
    const byte = this.body[this.position];
    if (byte !== 0x65 && byte !== 0x45) return true;
    this.position++;
    const sign = this.body[this.position];
    if (sign === 0x2b || sign === 0x2d) this.position++;
    return this.takeDigits();
  }

  private takeDigits(): boolean {
    const start = this.position;
    while (isDigit(this.body[this.position])) this.position++;
    return this.position > start;
  }

  private advance(): boolean {
    this.position++;
    return true;
  }

  private skipWhitespace(): void {
    for (;;) {
      const byte = this.body[this.position];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.position++;
    }
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}
