import type { JsonPath } from '../../common/json.js';
import type { ParsedTextResult } from './parse-yaml.js';

// Also runs as it is, in parse-document-worker.ts: only types are imported, and only erasable syntax is used.

/** Deeper than a document may be (find-unusable-content.ts), and shallow enough to be handed from thread to thread. */
const MAX_DEPTH = 500;
/** 64 MiB of a real document are 4.5 million; as many bytes of nothing but tiny values would fill the memory. */
const MAX_VALUES = 6_000_000;

/**
 * JSON, strictly: member names unique. The same text as YAML takes fifty times as long and as much memory, so a document of
 * the size of a whole installation is read here.
 * @returns null for what is not JSON. It may still be YAML.
 */
export function parseJson(text: string): ParsedTextResult | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What is wrong is told by whoever reads it next; the engine's message would quote the text.
    return null;
  }
  const fault = new JsonScan(text, () => undefined).run();
  if (fault === null) return { ok: true, parsed: { value, findLines: (paths) => findLines(text, paths) } };
  const { message, position } = fault;
  return { ok: false, faults: [{ path: '', line: new LineCount(text).advance(position), message }] };
}

function findLines(text: string, paths: JsonPath[]): (number | null)[] {
  const wanted = new Set(paths.flatMap((path) => path.map((_, index) => keyOf(path.slice(0, index + 1)))));
  const lines = new Map<string, number>();
  const count = new LineCount(text);
  new JsonScan(text, (path, position) => {
    const key = keyOf(path);
    if (wanted.has(key)) lines.set(key, count.advance(position));
  }).run();
  return paths.map((path) => findNearest(path, lines));
}

function findNearest(path: JsonPath, lines: ReadonlyMap<string, number>): number | null {
  for (let length = path.length; length > 0; length -= 1) {
    const line = lines.get(keyOf(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return null;
}

const keyOf = (path: JsonPath): string => JSON.stringify(path);

/** Lines of positions that only grow, so that the text is gone through once. */
class LineCount {
  private readonly text: string;
  private line = 1;
  private nextBreak: number;

  constructor(text: string) {
    this.text = text;
    this.nextBreak = text.indexOf('\n');
  }

  advance(position: number): number {
    while (this.nextBreak !== -1 && this.nextBreak < position) {
      this.line += 1;
      this.nextBreak = this.text.indexOf('\n', this.nextBreak + 1);
    }
    return this.line;
  }
}

interface ScanFault {
  message: string;
  position: number;
}

/** One pass over a text that is known to be JSON: shows every value with its path, and finds what readers would differ about. */
class JsonScan {
  private readonly text: string;
  /** The path is the scan's own and changes after the call. */
  private readonly onValue: (path: JsonPath, position: number) => void;
  /** Names so far of each object that is open; null for a list. */
  private readonly open: (Set<string> | null)[] = [];
  private readonly path: (string | number)[] = [];
  private isNameNext = false;
  private values = 0;

  constructor(text: string, onValue: (path: JsonPath, position: number) => void) {
    this.text = text;
    this.onValue = onValue;
  }

  run(): ScanFault | null {
    let position = 0;
    while (position < this.text.length) {
      const token = this.text[position];
      if (token === '{' || token === '[') {
        if (this.open.length >= MAX_DEPTH) return { message: 'is nested too deeply', position };
        this.enter(token, position);
        position += 1;
      } else if (token === '"') {
        const end = findStringEnd(this.text, position);
        if (!this.isNameNext) this.take(position);
        else if (!this.takeName(position, end)) return { message: 'has a member twice', position };
        position = end;
      } else {
        position = this.takeOther(position);
      }
      if (this.values > MAX_VALUES) return { message: `has more than ${MAX_VALUES} values`, position };
    }
    return null;
  }

  private take(position: number): void {
    this.values += 1;
    this.onValue(this.path, position);
  }

  private enter(token: '{' | '[', position: number): void {
    this.take(position);
    this.isNameNext = token === '{';
    this.open.push(this.isNameNext ? new Set() : null);
    this.path.push(this.isNameNext ? '' : 0);
  }

  /** False for a name that the object has already. */
  private takeName(start: number, end: number): boolean {
    const written = this.text.slice(start + 1, end - 1);
    const name = written.includes('\\') ? (JSON.parse(this.text.slice(start, end)) as string) : written;
    const names = this.open.at(-1);
    if (names?.has(name) === true) return false;
    names?.add(name);
    this.path[this.path.length - 1] = name;
    this.isNameNext = false;
    return true;
  }

  /** What is neither text nor the beginning of an object or a list. @returns where it ends. */
  private takeOther(position: number): number {
    const token = this.text[position];
    if (token === '}' || token === ']') {
      this.open.pop();
      this.path.pop();
      this.isNameNext = false;
    } else if (token === ',') {
      this.isNameNext = this.open.at(-1) !== null;
      if (!this.isNameNext) this.path[this.path.length - 1] = Number(this.path.at(-1)) + 1;
    } else if (token !== ':' && token !== undefined && !SPACE.test(token)) {
      this.take(position);
      PLAIN.lastIndex = position;
      PLAIN.test(this.text);
      return PLAIN.lastIndex;
    }
    return position + 1;
  }
}

const SPACE = /\s/;
/** A number or a word. */
const PLAIN = /[^\s,}\]]+/y;

/** Behind the closing quote. */
function findStringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** By an odd number of backslashes before it. */
function isEscaped(text: string, position: number): boolean {
  let first = position;
  while (text[first - 1] === '\\') first -= 1;
  return (position - first) % 2 === 1;
}
