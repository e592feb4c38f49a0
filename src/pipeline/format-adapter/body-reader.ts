import { isJsonObject, type JsonObject, type JsonValue } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';

/**
 * Where in a request body a value stands. A linked list, so that a well-formed body pays one small object per message
 * or part and no text; the path is only written out when something is wrong.
 */
export class BodyPlace {
  constructor(
    readonly parent: BodyPlace | null,
    readonly key: string | number,
  ) {}

  toString(): string {
    const parent = this.parent === null ? '' : this.parent.toString();
    if (typeof this.key === 'number') return `${parent}[${this.key}]`;
    return parent === '' ? this.key : `${parent}.${this.key}`;
  }
}

export function placeOf(place: BodyPlace | null, key: string | number): string {
  return new BodyPlace(place, key).toString();
}

/** The caller's body is malformed at `param`. */
export function createInvalidRequest(param: string, publicMessage: string): GatewayError {
  return new GatewayError('invalid_request', { param, publicMessage });
}

/** The body is well formed, but the dialect of the chosen model has no way to say this. */
export function createUnsupported(param: string, publicMessage: string): GatewayError {
  return new GatewayError('unsupported_parameter', { param, publicMessage });
}

function createWrongType(
  expected: string,
  value: unknown,
  place: BodyPlace | null,
  key: string | number,
): GatewayError {
  const param = placeOf(place, key);
  if (value === undefined) return createInvalidRequest(param, 'This field is required.');
  return createInvalidRequest(param, `Expected ${expected}, got ${describeType(value)}.`);
}

function describeType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number that is too large';
  return `a ${typeof value}`;
}

/** A required string. @throws GatewayError('invalid_request') naming the field, as all functions here. */
export function getString(object: JsonObject, name: string, place: BodyPlace | null): string {
  const value = object[name];
  if (typeof value !== 'string') throw createWrongType('a string', value, place, name);
  return value;
}

/** A required string with at least one character. */
export function getName(object: JsonObject, name: string, place: BodyPlace | null): string {
  const value = getString(object, name, place);
  if (value === '') throw createInvalidRequest(placeOf(place, name), 'Must not be empty.');
  return value;
}

/** An optional string; null counts as absent, as both vendors have it. */
export function findString(object: JsonObject, name: string, place: BodyPlace | null): string | null {
  const value = object[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw createWrongType('a string', value, place, name);
  return value;
}

export function findBoolean(object: JsonObject, name: string, place: BodyPlace | null): boolean | null {
  const value = object[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'boolean') throw createWrongType('a boolean', value, place, name);
  return value;
}

export function findNumber(object: JsonObject, name: string, place: BodyPlace | null): number | null {
  const value = object[name];
  if (value === undefined || value === null) return null;
  // `1e999` is valid JSON and parses to Infinity.
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw createWrongType('a number', value, place, name);
  return value;
}

export function findInteger(
  object: JsonObject,
  name: string,
  minimum: number,
  place: BodyPlace | null,
): number | null {
  const value = findNumber(object, name, place);
  if (value === null) return null;
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw createInvalidRequest(placeOf(place, name), `Expected an integer of at least ${minimum}.`);
  }
  return value;
}

export function getObject(object: JsonObject, name: string, place: BodyPlace | null): JsonObject {
  return asObject(object[name], place, name);
}

export function findObject(object: JsonObject, name: string, place: BodyPlace | null): JsonObject | null {
  const value = object[name];
  return value === undefined || value === null ? null : asObject(value, place, name);
}

export function asObject(value: unknown, place: BodyPlace | null, key: string | number): JsonObject {
  if (!isJsonObject(value)) throw createWrongType('an object', value, place, key);
  return value;
}

export function asString(value: unknown, place: BodyPlace | null, key: string | number): string {
  if (typeof value !== 'string') throw createWrongType('a string', value, place, key);
  return value;
}

export function getArray(object: JsonObject, name: string, place: BodyPlace | null): JsonValue[] {
  const value = object[name];
  if (!Array.isArray(value)) throw createWrongType('an array', value, place, name);
  return value;
}

export function findArray(object: JsonObject, name: string, place: BodyPlace | null): JsonValue[] | null {
  const value = object[name];
  return value === undefined || value === null ? null : getArray(object, name, place);
}

export function findStringArray(object: JsonObject, name: string, place: BodyPlace | null): string[] | null {
  const values = findArray(object, name, place);
  if (values === null) return null;
  const arrayPlace = new BodyPlace(place, name);
  for (let index = 0; index < values.length; index += 1) asString(values[index], arrayPlace, index);
  return values as string[];
}

/** A required string that must be one of `allowed`. */
export function getOneOf<T extends string>(
  object: JsonObject,
  name: string,
  allowed: readonly T[],
  place: BodyPlace | null,
): T {
  const value = getString(object, name, place);
  if (!(allowed as readonly string[]).includes(value)) {
    throw createInvalidRequest(placeOf(place, name), `Must be one of: ${allowed.join(', ')}.`);
  }
  return value as T;
}
