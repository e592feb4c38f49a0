import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';
import type { UpstreamErrorDescription } from '../dialect-adapter.port.js';
import { clipErrorMessage, describeUnknownError } from '../upstream-error.js';
import { readNullableString, readString } from '../upstream-reader.js';
import { mapErrorStatus } from './map-error-status.js';

/**
 * `{ error: { message, type, param, code } }`, also as a text, in an array, or without the envelope, as compatible
 * servers have it. Never throws.
 */
export function parseError(body: unknown): UpstreamErrorDescription {
  const root: unknown = Array.isArray(body) ? body[0] : body;
  if (!isJsonObject(root)) return describeUnknownError(root);
  const error = isJsonObject(root.error) ? root.error : root;
  const message = readString(error.message) || readString(root.error) || readString(root.detail);
  return {
    code: readCode(error.code) ?? readNullableString(error.type),
    message: message === '' ? describeUnknownError(null).message : clipErrorMessage(message),
    param: readNullableString(error.param),
    status: mapErrorStatus(error),
  };
}

/** A chunk that reports an error instead of carrying the answer on; `{ object: 'error', message }` is vLLM's older form. */
export function isErrorChunk(chunk: JsonObject): boolean {
  const { error } = chunk;
  return isJsonObject(error) || (typeof error === 'string' && error !== '') || chunk.object === 'error';
}

function readCode(code: JsonValue | undefined): string | null {
  if (typeof code === 'number') return String(code);
  return typeof code === 'string' && code !== '' ? code : null;
}
