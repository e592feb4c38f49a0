import { type Document, isNode, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { JsonPath } from '../../common/json.js';
import type { LocatedFault } from './declarative-fault.js';

export interface ParsedText {
  value: unknown;
  /** Lines of the values at these paths, or of what is nearest around them; null for the document itself. */
  findLines: (paths: JsonPath[]) => (number | null)[];
}

export type ParsedTextResult = { ok: true; parsed: ParsedText } | { ok: false; faults: LocatedFault[] };

/** A minute's work of a processor and a gigabyte lie not far above it. */
const MAX_YAML_BYTES = 4 * 1_024 * 1_024;

/** Values that aliases repeat, counted with what they contain. */
const MAX_ALIAS_COUNT = 1_000;
/** What comes after the first errors is mostly their consequence. */
const MAX_SYNTAX_FAULTS = 10;

/**
 * YAML 1.2 (of which JSON is a part): one document, member names unique and text, no tags of its own, aliases bounded.
 * Messages are ours: those of the parser quote the file, secrets included.
 */
export function parseYaml(text: string): ParsedTextResult {
  if (Buffer.byteLength(text) > MAX_YAML_BYTES) return { ok: false, faults: [TOO_LARGE] };
  const lineCounter = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      resolveKnownTags: false,
      logLevel: 'error',
    });
    const errors = [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_FAULTS);
    if (errors.length > 0) {
      return { ok: false, faults: errors.map((error) => describeError(error, lineCounter)) };
    }
    return expand(document, lineCounter);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, faults: [{ path: '', line: null, message: 'is nested too deeply' }] };
  }
}

const TOO_LARGE: LocatedFault = {
  path: '',
  line: null,
  message: `is larger than ${MAX_YAML_BYTES} bytes, which only JSON may be, and this is not valid JSON`,
};

function describeError(error: YAMLError, lineCounter: LineCounter): LocatedFault {
  const { line, col } = lineCounter.linePos(error.pos[0]);
  const problem = error.code.toLowerCase().replaceAll('_', ' ');
  return { path: '', line, message: `is not valid YAML at column ${col}: ${problem}` };
}

function expand(document: Document.Parsed, lineCounter: LineCounter): ParsedTextResult {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
    const findLines = (paths: JsonPath[]) => paths.map((path) => findLine(document, lineCounter, path));
    return { ok: true, parsed: { value, findLines } };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return {
      ok: false,
      faults: [{ path: '', line: null, message: 'uses an alias that leads nowhere, or aliases too often' }],
    };
  }
}

function findLine(document: Document.Parsed, lineCounter: LineCounter, path: JsonPath): number | null {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
  }
  return null;
}
