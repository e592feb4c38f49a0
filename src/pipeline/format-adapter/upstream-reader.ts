import { isJsonObject, type JsonObject, type JsonValue } from '../../common/json.js';

/** Lenient reads of an upstream's body: what is absent or of another type becomes the neutral value. */

export function readString(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function readNullableString(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** A count of tokens: an integer of zero or more, or null. */
export function readCount(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

export function readObject(value: JsonValue | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}

const NOTHING: JsonValue[] = [];

export function readArray(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : NOTHING;
}
