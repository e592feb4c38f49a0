import type { JsonPath } from '../../common/json.js';
import type { ScannedBody } from './scan-json-body.js';
import { type Span, decodeName, isWhitespace, skipString } from './json-tokens.js';

export interface Edit extends Span {
  replacement: Buffer;
}

const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/** The wanted paths as a tree: one pass finds all of them. */
interface PathNode {
  children: Map<string | number, PathNode>;
  /** Indexes into the list of paths that end here. */
  ends: number[];
}

/**
 * Byte spans of the values at these paths, in the order of the paths; string tokens with their quotes. One pass, whatever
 * the number of paths.
 * @param body JSON that `scanJsonBody` has accepted.
 * @throws Error when a path leads nowhere; a wiring fault, for paths come from the same body's values.
 */
export function findValueSpans(body: Buffer, paths: readonly JsonPath[]): Span[] {
  if (paths.length === 0) return [];
  const found = new Array<Span | undefined>(paths.length).fill(undefined);
  new SpanFinder(body, found).visit(skipWhitespace(body, 0), buildTree(paths));
  return found.map((span) => {
    if (span === undefined) throw new Error('A path does not exist in the JSON text');
    return span;
  });
}

/**
 * The body with spans replaced, everything else byte for byte. Edits may come in any order; insertions (empty spans) at one
 * place keep theirs.
 * @throws Error when edits overlap or lie outside the body; a wiring fault.
 */
export function spliceBytes(body: Buffer, edits: readonly Edit[]): Buffer {
  const ordered = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  const pieces: Buffer[] = [];
  let position = 0;
  for (const { start, end, replacement } of ordered) {
    if (start < position || end < start || end > body.length)
      throw new Error('Edits overlap or exceed the body');
    pieces.push(body.subarray(position, start), replacement);
    position = end;
  }
  pieces.push(body.subarray(position));
  return Buffer.concat(pieces);
}

/** One more member at the end of the root. `valueJson` is JSON text; the name must not be in the root yet. */
export function insertMember(scanned: ScannedBody, name: string, valueJson: string): Edit {
  const comma = scanned.memberCount === 0 ? '' : ',';
  const replacement = Buffer.from(`${comma}${JSON.stringify(name)}:${valueJson}`);
  return { start: scanned.objectEnd, end: scanned.objectEnd, replacement };
}

/** Depth is bounded by `scanJsonBody`, so that recursion is. */
class SpanFinder {
  constructor(
    private readonly body: Buffer,
    private readonly found: (Span | undefined)[],
  ) {}

  /** `start` is the value's first byte; returns the position after its last. */
  visit(start: number, node: PathNode): number {
    const end = node.children.size === 0 ? skipValue(this.body, start) : this.visitChildren(start, node);
    for (const index of node.ends) this.found[index] = { start, end };
    return end;
  }

  private visitChildren(start: number, node: PathNode): number {
    const first = this.body[start];
    if (first === OPEN_OBJECT) return this.visitMembers(start, node);
    if (first === OPEN_ARRAY) return this.visitElements(start, node);
    return skipValue(this.body, start);
  }

  private visitMembers(start: number, node: PathNode): number {
    const { body } = this;
    let position = skipWhitespace(body, start + 1);
    while (body[position] === QUOTE) {
      const nameEnd = skipString(body, position + 1);
      const child = node.children.get(decodeName(body, position, nameEnd));
      const colon = skipWhitespace(body, nameEnd);
      position = this.visitOrSkip(skipWhitespace(body, colon + 1), child);
      position = skipComma(body, position);
    }
    return position + 1;
  }

  private visitElements(start: number, node: PathNode): number {
    const { body } = this;
    let position = skipWhitespace(body, start + 1);
    for (let index = 0; position < body.length && body[position] !== 0x5d; index++) {
      position = this.visitOrSkip(position, node.children.get(index));
      position = skipComma(body, position);
    }
    return position + 1;
  }

  private visitOrSkip(start: number, node: PathNode | undefined): number {
    return node === undefined ? skipValue(this.body, start) : this.visit(start, node);
  }
}

function buildTree(paths: readonly JsonPath[]): PathNode {
  const root: PathNode = { children: new Map(), ends: [] };
  paths.forEach((path, index) => {
    let node = root;
    for (const part of path) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { children: new Map(), ends: [] };
        node.children.set(part, child);
      }
      node = child;
    }
    node.ends.push(index);
  });
  return root;
}

function skipValue(body: Buffer, start: number): number {
  const first = body[start];
  if (first === QUOTE) return skipString(body, start + 1);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return skipPrimitive(body, start);
  let depth = 0;
  let position = start;
  while (position < body.length) {
    const byte = body[position];
    if (byte === QUOTE) {
      position = skipString(body, position + 1);
      continue;
    }
    position++;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return position;
  }
  return position;
}

/** A number or literal ends before whitespace, comma or a closing bracket. */
function skipPrimitive(body: Buffer, start: number): number {
  let position = start;
  while (position < body.length) {
    const byte = body[position];
    if (byte === 0x2c || byte === 0x7d || byte === 0x5d || isWhitespace(byte)) return position;
    position++;
  }
  return position;
}

function skipComma(body: Buffer, start: number): number {
  const position = skipWhitespace(body, start);
  return body[position] === 0x2c ? skipWhitespace(body, position + 1) : position;
}

function skipWhitespace(body: Buffer, start: number): number {
  let position = start;
  while (isWhitespace(body[position])) position++;
  return position;
}
