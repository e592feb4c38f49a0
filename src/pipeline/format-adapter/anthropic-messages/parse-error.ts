import { isJsonObject } from '../../../common/json.js';
import type { UpstreamErrorDescription } from '../dialect-adapter.port.js';
import { clipErrorMessage, describeUnknownError } from '../upstream-error.js';
import { readNullableString, readObject, readString } from '../upstream-reader.js';
import { mapErrorStatus } from './map-error-status.js';

/** `{ type: 'error', error: { type, message, details? } }`. Never throws. */
export function parseError(body: unknown): UpstreamErrorDescription {
  if (!isJsonObject(body)) return describeUnknownError(body);
  const error = isJsonObject(body.error) ? body.error : body;
  const message = readString(error.message) || readString(body.error);
  const details = readObject(error.details);
  return {
    code: readNullableString(details?.error_code) ?? readNullableString(error.type),
    message: message === '' ? describeUnknownError(null).message : clipErrorMessage(message),
    param: readNullableString(details?.param),
    status: mapErrorStatus(error),
  };
}
