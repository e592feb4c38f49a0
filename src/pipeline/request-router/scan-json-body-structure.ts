import { type JsonPath, renderJsonPath } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { createTooDeep, createTooManyValues, MAX_DEPTH, MAX_VALUES } from './body-limits.js';
import { findWantedMember, type WantedMember } from './find-wanted-member.js';
import { decodeName, isWhitespace, skipString, type Span } from './json-tokens.js';

export interface BodyStructure {
  modelSpan: Span | null;
  streamOptionsSpan: Span | null;
  objectEnd: number;
  memberCount: number;
  /** Tokens of member names that are written with escapes, in order. */
  escapedNames: readonly Span[];
  /** The first doubled or forbidden member name; meaningful only when the text turns out to be JSON. */
  fault: GatewayError | null;
}

/** Objects with more members than this keep their names in a Set: comparing pairwise would be quadratic. */
const MAX_LISTED_NAMES = 16;
/** Each costs a second look; texts that need many have other reasons. */
const MAX_ESCAPED_NAMES = 10_000;
const MAX_PARAM_CHARACTERS = 200;
const MAX_NAME_ECHO_CHARACTERS = 64;

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
  private valueCount = 0;
  private escapedNames: Span[] = [];
  private fault: GatewayError | null = null;
  private wanted: WantedMember = 'none';
  private wantedStart = 0;

  /** @throws GatewayError('invalid_request') for nesting beyond 128 or more than 500,000 values. */
  scan(body: Buffer): BodyStructure {
    this.reset(body);
    try {
      this.walk();
      const { modelSpan, streamOptionsSpan, objectEnd, memberCount, escapedNames, fault } = this;
      return { modelSpan, streamOptionsSpan, objectEnd, memberCount, escapedNames, fault };
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
    this.valueCount = 0;
    this.escapedNames = [];
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
    if (this.depth === MAX_DEPTH) throw createTooDeep(this.renderPath(this.depth));
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
    if (++this.valueCount > MAX_VALUES) throw createTooManyValues();
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
    if (depth === 1) this.wanted = findWantedMember(body, start + 1, end - 1);
    this.addName(hash, start, end);
    return end;
  }

  /** Escapes are rare in names and may hide a known one: the name is judged by what it means. */
  private readEscapedName(start: number): number {
    const { body, depth } = this;
    const end = skipString(body, start + 1);
    this.noteEscapedName(start, end);
    this.lastStarts[depth] = start;
    this.lastEnds[depth] = end;
    const name = decodeName(body, start, end);
    this.refuseForbidden(name);
    const bytes = Buffer.from(name);
    let hash = 0;
    for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
    if (depth === 1) this.wanted = findWantedMember(bytes, 0, bytes.length);
    this.addName(hash, start, end);
    return end;
  }

  private noteEscapedName(start: number, end: number): void {
    if (this.escapedNames.length < MAX_ESCAPED_NAMES) {
      this.escapedNames.push({ start, end });
      return;
    }
    this.fault ??= new GatewayError('invalid_request', {
      publicMessage: `The request body has more than ${MAX_ESCAPED_NAMES} member names that are written with escapes.`,
    });
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

/** @throws GatewayError('invalid_request') for nesting beyond 128 or more than 500,000 values. */
export function scanStructure(body: Buffer): BodyStructure {
  return scanner.scan(body);
}
