import { type JsonPath, renderJsonPath } from '../../common/json.js';

/** What is wrong at one place of the file. Neither member ever holds a value of the file, only names of fields. */
export interface DeclarativeFault {
  /** Empty: the document itself. */
  path: JsonPath;
  message: string;
}

/** A fault with its place as people look for it. */
export interface LocatedFault {
  /** `tenants[0].keys[1].key`; empty for the document itself. */
  path: string;
  /** From 1; null where the file as a whole is meant. */
  line: number | null;
  message: string;
}

const MAX_FAULTS = 100;
/**
 * Members named otherwise are shown as `?`; their line is told. A value whose name was forgotten stands as a name
 * (`{"sk-..."}`), and secrets have digits. `1h` is in the name of a price.
 */
const PLAIN_NAME = /^(?:[A-Za-z_-]|1h){1,32}$/;
/** Below these, member names may be secrets that were put into the wrong place: `apiKey: {sk-...}`. */
const SECRET_FIELDS: readonly (string | number)[] = ['apiKey', 'key', 'webhookUrl'];

/** All that is wrong with the file; holds no secrets. */
export class DeclarativeConfigError extends Error {
  constructor(
    source: string,
    readonly faults: readonly LocatedFault[],
  ) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    super(`The configuration file ${source} has ${count}:\n  ${renderFaults(faults).join('\n  ')}`);
    this.name = 'DeclarativeConfigError';
  }
}

export function locateFault(fault: DeclarativeFault, line: number | null): LocatedFault {
  const path = cutSecretMembers(fault.path).map(hideOddName);
  return { path: renderJsonPath(path), line, message: fault.message };
}

function cutSecretMembers(path: JsonPath): JsonPath {
  const field = path.findIndex((part) => SECRET_FIELDS.includes(part));
  return field === -1 ? path : path.slice(0, field + 1);
}

function hideOddName(part: string | number): string | number {
  return typeof part === 'number' || PLAIN_NAME.test(part) ? part : '?';
}

function renderFaults(faults: readonly LocatedFault[]): string[] {
  const lines = faults.slice(0, MAX_FAULTS).map(renderFault);
  return faults.length > MAX_FAULTS ? [...lines, `and ${faults.length - MAX_FAULTS} more`] : lines;
}

function renderFault({ path, line, message }: LocatedFault): string {
  const place = [path, line === null ? '' : `(line ${line})`].filter((part) => part !== '').join(' ');
  return place === '' ? message : `${place}: ${message}`;
}
