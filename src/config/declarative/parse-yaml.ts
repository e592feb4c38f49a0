import { type Document, isNode, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { JsonPath } from '../../common/json.js';
import type { LocatedFault } from './declarative-fault.js';

export interface ParsedYaml {
  value: unknown;
  /** Line of the value at a path, or of what is nearest around it; null for the document itself. */
  findLine: (path: JsonPath) => number | null;
}

export type YamlResult = { ok: true; parsed: ParsedYaml } | { ok: false; faults: LocatedFault[] };

/** Values that aliases repeat, counted with what they contain. */
const MAX_ALIAS_COUNT = 1_000;
/** What comes after the first errors is mostly their consequence. */
const MAX_SYNTAX_FAULTS = 10;

/**
 * YAML 1.2 (of which JSON is a part): one document, member names unique and text, no tags of its own, aliases bounded.
 * Messages are ours: those of the parser quote the file, secrets included.
 */
export function parseYaml(text: string): YamlResult {
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

function describeError(error: YAMLError, lineCounter: LineCounter): LocatedFault {
  const { line, col } = lineCounter.linePos(error.pos[0]);
  const problem = error.code.toLowerCase().replaceAll('_', ' ');
  return { path: '', line, message: `is not valid YAML at column ${col}: ${problem}` };
}

function expand(document: Document.Parsed, lineCounter: LineCounter): YamlResult {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
    return { ok: true, parsed: { value, findLine: (path) => findLine(document, lineCounter, path) } };
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
