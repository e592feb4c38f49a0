import { isJsonObject, type JsonObject, type JsonPath, type JsonValue } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { FIXED_NAMES, STRUCTURE_NAMES } from './dialect-names.js';
import { isMachineText } from './is-machine-text.js';
import { isSignedThought } from './is-signed-thought.js';

/** One string of a body. */
export interface BodyText {
  path: JsonPath;
  text: string;
  /** The provider signed it: it cannot be edited. */
  isSealed?: boolean;
}

/** Where the text that is being visited stands. */
export interface TextPlace {
  /** Made when asked for: most texts have no finding. */
  getPath(): JsonPath;
  /** The provider signed it: it cannot be edited. */
  readonly isSealed: boolean;
}

export interface TextVisitor {
  visitText(text: string, place: TextPlace): void;
  /** Neighbouring text parts of one list, at least two: a model reads them as one text, wherever they are cut. */
  visitParts(parts: readonly BodyText[]): void;
  /** A member name that somebody chose; it cannot be replaced. */
  visitName(name: string): void;
}

/** Texts that can be walked, one after the other. */
export interface BodyTexts {
  /** Known to be read as it is written: `foldText` would change nothing of it. */
  readonly hidesNothing: boolean;
  /** @throws GatewayError('upstream_error') for an answer that nests deeper than 256. */
  accept(visitor: TextVisitor): void;
}

/** Requests nest no deeper: `scanJsonBody` refuses them. */
const MAX_DEPTH = 256;
/** Numbers from here on have the 13 digits of a card. */
const LONG_NUMBER = 1e12;

/**
 * All texts of a body that a model or a client may read, in the order of the body, whatever the dialect.
 *
 * What is left out is listed, not what is looked at: ids, types, roles, model names, signatures and media, and those only
 * where the dialects put them and only when they look like it. So nothing hides in an unknown field. In tool inputs,
 * metadata, schemas and whatever is not known, member names are looked at as well, and numbers of 13 digits and more.
 * Strings that hold JSON, such as tool arguments, are texts like any other.
 *
 * Nothing is built: a body of eight million short strings must not become as many objects.
 */
export function collectTexts(json: JsonObject, { hidesNothing } = { hidesNothing: false }): BodyTexts {
  return { hidesNothing, accept: (visitor) => new TextWalker(visitor).walkObject(json, false, null) };
}

class TextWalker implements TextPlace {
  isSealed = false;
  private readonly path: (string | number)[] = [];

  constructor(private readonly visitor: TextVisitor) {}

  getPath(): JsonPath {
    return [...this.path];
  }

  /** @param visited a member that was seen already. */
  walkObject(object: JsonObject, isFree: boolean, visited: string | null): void {
    const wasSealed = this.isSealed;
    this.isSealed = wasSealed || isSignedThought(object);
    for (const name of Object.keys(object)) {
      const value = object[name];
      if (isFree && !FIXED_NAMES.has(name)) this.visitor.visitName(name);
      if (name === visited || value === undefined) continue;
      this.path.push(name);
      if (typeof value !== 'string') this.walkValue(value, isFree || !STRUCTURE_NAMES.has(name));
      else if (isFree || !isMachineText(object, name, value)) this.visitor.visitText(value, this);
      this.path.pop();
    }
    this.isSealed = wasSealed;
  }

  private walkValue(value: JsonValue, isFree: boolean): void {
    if (typeof value === 'string') this.visitor.visitText(value, this);
    else if (typeof value === 'number') this.walkNumber(value, isFree);
    else if (Array.isArray(value)) this.walkArray(value, isFree);
    else if (isJsonObject(value)) {
      this.assertDepth();
      this.walkObject(value, isFree, null);
    }
  }

  private walkNumber(value: number, isFree: boolean): void {
    if (isFree && value >= LONG_NUMBER) this.visitor.visitText(String(value), this);
  }

  private walkArray(values: readonly JsonValue[], isFree: boolean): void {
    this.assertDepth();
    let index = 0;
    while (index < values.length) {
      const end = findPartsEnd(values, index);
      if (end - index < 2) {
        this.walkElement(values[index] ?? null, index, isFree);
        index++;
      } else {
        this.walkParts(values, index, end, isFree);
        index = end;
      }
    }
  }

  private walkElement(value: JsonValue, index: number, isFree: boolean): void {
    this.path.push(index);
    this.walkValue(value, isFree);
    this.path.pop();
  }

  private walkParts(values: readonly JsonValue[], start: number, end: number, isFree: boolean): void {
    const parts: BodyText[] = [];
    for (let index = start; index < end; index++) {
      const part = values[index] as JsonObject;
      const isSealed = this.isSealed || isSignedThought(part);
      parts.push({ path: [...this.path, index, 'text'], text: part.text as string, isSealed });
      this.path.push(index);
      this.walkObject(part, isFree, 'text');
      this.path.pop();
    }
    this.visitor.visitParts(parts);
  }

  private assertDepth(): void {
    if (this.path.length <= MAX_DEPTH) return;
    throw new GatewayError('upstream_error', { publicMessage: 'The answer nests too deep to be checked.' });
  }
}

/** The end of the run of text parts that begins here; the position itself when there is none. */
function findPartsEnd(values: readonly JsonValue[], start: number): number {
  let end = start;
  while (end < values.length) {
    const value = values[end];
    if (!isJsonObject(value) || typeof value.text !== 'string') break;
    end++;
  }
  return end;
}
