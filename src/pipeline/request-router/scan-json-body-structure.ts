import { type JsonPath, renderJsonPath } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';

/** Bytes from `start` up to, not including, `end`. */
export interface Span {
  start: number;
  end: number;
}

export interface BodyStructure {
  modelSpan: Span | null;
  streamOptionsSpan: Span | null;
  objectEnd: number;
  memberCount: number;
  /** The first doubled or forbidden member name; meaningful only when the text turns out to be JSON. */
  fault: GatewayError | null;
}

export const MAX_DEPTH = 128;

/** Objects with more members than this keep their names in a Set: comparing pairwise would be quadratic. */
const MAX_LISTED_NAMES = 16;
const MAX_PARAM_CHARACTERS = 200;
const MAX_NAME_ECHO_CHARACTERS = 64;
/** A string's end is looked for byte by byte this far, then natively: a native call costs as much as some 40 bytes here. */
const BYTES_BEFORE_LEAP = 40;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const UNDERSCORE = 0x5f;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const FORBIDDEN_NAME = '__proto__';
const MODEL = Buffer.from('model');
const STREAM_OPTIONS = Buffer.from('stream_options');

type WantedMember = 'none' | 'model' | 'stream_options';

/**
 * Walks the brackets, member names and strings of a JSON text without building anything. On text that is not JSON it ends
 * without complaint; the parser then says what is wrong. Nesting beyond 128 throws at once.
 *
 * One scanner serves the whole process: a scan is synchronous, and its fixed tables (some 30 kB) are not worth a request's
 * allocation.
 */
class StructureScanner {
  private body: Buffer = Buffer.alloc(0);
  private depth = 0;
  /** Per depth: 1 for an array. */
  private readonly isArray = new Uint8Array(MAX_DEPTH + 1);
  /** Per depth: the current array index, or the number of members so far. */
  private readonly counts = new Int32Array(MAX_DEPTH + 1);
  /** Per depth and member: the name's hash and its token's span. */
  private readonly hashes = new Int32Array((MAX_DEPTH + 1) * MAX_LISTED_NAMES);
  private readonly nameStarts = new Int32Array((MAX_DEPTH + 1) * MAX_LISTED_NAMES);
  private readonly nameEnds = new Int32Array((MAX_DEPTH + 1) * MAX_LISTED_NAMES);
  /** Per depth: the span of the latest name, for paths. */
  private readonly lastStarts = new Int32Array(MAX_DEPTH + 1);
  private readonly lastEnds = new Int32Array(MAX_DEPTH + 1);
  private readonly nameSets = new Array<Set<string> | null>(MAX_DEPTH + 1).fill(null);

  private modelSpan: Span | null = null;
  private streamOptionsSpan: Span | null = null;
  private objectEnd = -1;
  private memberCount = 0;
  private fault: GatewayError | null = null;
  private wanted: WantedMember = 'none';
  private wantedStart = 0;

  /** @throws GatewayError('invalid_request') for nesting beyond 128. */
  scan(body: Buffer): BodyStructure {
    this.reset(body);
    try {
      this.walk();
      const { modelSpan, streamOptionsSpan, objectEnd, memberCount, fault } = this;
      return { modelSpan, streamOptionsSpan, objectEnd, memberCount, fault };
    } finally {
      // A body may be large; nothing of it outlives its scan.
      this.reset(Buffer.alloc(0));
    }
  }

  private reset(body: Buffer): void {
    this.body = body;
    this.depth = 0;
    this.modelSpan = null;
    this.streamOptionsSpan = null;
    this.objectEnd = -1;
    this.memberCount = 0;
    this.fault = null;
    this.wanted = 'none';
  }

  private walk(): void {
    const { body } = this;
    const end = body.length;
    let expectsName = false;
    let position = 0;
    while (position < end) {
      switch (body[position]) {
        case QUOTE:
          position = expectsName ? this.readName(position) : skipString(body, position + 1);
          expectsName = false;
          break;
        case COMMA:
          expectsName = this.endElement(position++);
          break;
        case COLON:
          position++;
          if (this.wanted !== 'none' && this.depth === 1) this.wantedStart = position;
          break;
        case OPEN_OBJECT:
          this.open(0);
          expectsName = true;
          position++;
          break;
        case OPEN_ARRAY:
          this.open(1);
          expectsName = false;
          position++;
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          if (this.depth === 0) return;
          this.close(position++);
          expectsName = false;
          break;
        default:
          position++;
      }
    }
  }

  private open(isArray: 0 | 1): void {
    if (this.depth === MAX_DEPTH) {
      throw new GatewayError('invalid_request', {
        param: this.renderPath(this.depth),
        publicMessage: `The request body nests deeper than ${MAX_DEPTH} levels.`,
      });
    }
    const depth = ++this.depth;
    this.isArray[depth] = isArray;
    this.counts[depth] = 0;
  }

  private close(position: number): void {
    this.endElement(position);
    this.nameSets[this.depth] = null;
    this.depth--;
    if (this.depth > 0) return;
    this.objectEnd = position;
    this.memberCount = this.counts[1] ?? 0;
  }

  /** A value ended before `position`. Returns whether a member name follows a comma here. */
  private endElement(position: number): boolean {
    const { depth } = this;
    if (depth === 0) return false;
    if (depth === 1 && this.wanted !== 'none') this.keepWantedSpan(position);
    if (this.isArray[depth] === 0) return true;
    this.counts[depth] = (this.counts[depth] ?? 0) + 1;
    return false;
  }

  private keepWantedSpan(limit: number): void {
    const { body } = this;
    let start = this.wantedStart;
    let end = limit;
    while (start < end && isWhitespace(body[start])) start++;
    while (end > start && isWhitespace(body[end - 1])) end--;
    if (this.wanted === 'stream_options') this.streamOptionsSpan = { start, end };
    else if (body[start] === QUOTE) this.modelSpan = { start, end };
    this.wanted = 'none';
  }

  /** `start` is the opening quote; returns the position after the closing one. */
  private readName(start: number): number {
    const { body, depth } = this;
    const limit = body.length;
    let hash = 0;
    let position = start + 1;
    while (position < limit) {
      const byte = body[position] ?? 0;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) return this.readEscapedName(start);
      hash = (Math.imul(hash, 31) + byte) | 0;
      position++;
    }
    const end = Math.min(position + 1, limit);
    this.lastStarts[depth] = start;
    this.lastEnds[depth] = end;
    if (body[start + 1] === UNDERSCORE && end - start === FORBIDDEN_NAME.length + 2) {
      this.refuseForbidden(decodeName(body, start, end));
    }
    if (depth === 1) this.wanted = findWanted(body, start + 1, end - 1);
    this.addName(hash, start, end);
    return end;
  }

  /** Escapes are rare in names and may hide a known one: the name is judged by what it means. */
  private readEscapedName(start: number): number {
    const { body, depth } = this;
    const end = skipString(body, start + 1);
    this.lastStarts[depth] = start;
    this.lastEnds[depth] = end;
    const name = decodeName(body, start, end);
    this.refuseForbidden(name);
    const bytes = Buffer.from(name);
    let hash = 0;
    for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
    if (depth === 1) this.wanted = findWanted(bytes, 0, bytes.length);
    this.addName(hash, start, end);
    return end;
  }

  private addName(hash: number, start: number, end: number): void {
    const { depth } = this;
    const count = this.counts[depth] ?? 0;
    const base = depth * MAX_LISTED_NAMES;
    this.counts[depth] = count + 1;
    if (count >= MAX_LISTED_NAMES) {
      this.addToSet(depth, decodeName(this.body, start, end));
      return;
    }
    for (let slot = base; slot < base + count; slot++) {
      if (this.hashes[slot] === hash) this.refuseDouble(slot, start, end);
    }
    const slot = base + count;
    this.hashes[slot] = hash;
    this.nameStarts[slot] = start;
    this.nameEnds[slot] = end;
  }

  private addToSet(depth: number, name: string): void {
    let names = this.nameSets[depth] ?? null;
    if (names === null) {
      names = new Set();
      this.nameSets[depth] = names;
      const base = depth * MAX_LISTED_NAMES;
      for (let slot = base; slot < base + MAX_LISTED_NAMES; slot++) {
        names.add(decodeName(this.body, this.nameStarts[slot] ?? 0, this.nameEnds[slot] ?? 0));
      }
    }
    const size = names.size;
    if (names.add(name).size === size) this.reportDouble();
  }

  private refuseDouble(slot: number, start: number, end: number): void {
    const earlier = decodeName(this.body, this.nameStarts[slot] ?? 0, this.nameEnds[slot] ?? 0);
    if (earlier === decodeName(this.body, start, end)) this.reportDouble();
  }

  private reportDouble(): void {
    this.fault ??= new GatewayError('invalid_request', {
      param: this.renderPath(this.depth),
      publicMessage: 'The request body names a member of the same object twice.',
    });
  }

  private refuseForbidden(name: string): void {
    if (name !== FORBIDDEN_NAME) return;
    this.fault ??= new GatewayError('invalid_request', {
      param: this.renderPath(this.depth),
      publicMessage: `The request body has a member called ${FORBIDDEN_NAME}.`,
    });
  }

  private renderPath(depth: number): string {
    const path: (string | number)[] = [];
    for (let level = 1; level <= depth; level++) {
      if (this.isArray[level] === 1) path.push(this.counts[level] ?? 0);
      else path.push(this.decodeLastName(level).slice(0, MAX_NAME_ECHO_CHARACTERS));
    }
    return renderJsonPath(path satisfies JsonPath).slice(0, MAX_PARAM_CHARACTERS);
  }

  private decodeLastName(level: number): string {
    return decodeName(this.body, this.lastStarts[level] ?? 0, this.lastEnds[level] ?? 0);
  }
}

const scanner = new StructureScanner();

/** @throws GatewayError('invalid_request') for nesting beyond 128. */
export function scanStructure(body: Buffer): BodyStructure {
  return scanner.scan(body);
}

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

function findWanted(bytes: Buffer, start: number, end: number): WantedMember {
  const length = end - start;
  if (length === MODEL.length && bytes.compare(MODEL, 0, MODEL.length, start, end) === 0) return 'model';
  if (length === STREAM_OPTIONS.length && bytes.compare(STREAM_OPTIONS, 0, length, start, end) === 0) {
    return 'stream_options';
  }
  return 'none';
}
