import type { JsonObject } from '../../common/json.js';
import { findDataUrl } from '../format-adapter/data-url.js';
import { IDENTIFIER_NAMES, SEALED_NAMES } from './dialect-names.js';

const MAX_IDENTIFIER_LENGTH = 512;
const NOT_IDENTIFIER = /[^A-Za-z0-9_.:/+=-]/;
const NOT_BASE64 = /[^A-Za-z0-9+/=_\r\n-]/;
const URL_NAMES = new Set(['url', 'image_url', 'file_data']);

/**
 * Whether a member holds what no reader takes as text: an id, a type, a signature, a medium. The name alone does not
 * decide: a value that is not made as such values are is a text after all.
 */
export function isMachineText(holder: JsonObject, name: string, value: string): boolean {
  if (IDENTIFIER_NAMES.has(name)) return value.length <= MAX_IDENTIFIER_LENGTH && !NOT_IDENTIFIER.test(value);
  if (SEALED_NAMES.has(name)) return isBase64(value);
  // Anthropic's plain text documents have their text in `data` as well.
  if (name === 'data') return holder.type !== 'text' && isBase64(value);
  if (!URL_NAMES.has(name)) return false;
  const dataUrl = findDataUrl(value);
  return dataUrl === null ? name === 'file_data' && isBase64(value) : isBase64(dataUrl.data);
}

function isBase64(text: string): boolean {
  return !NOT_BASE64.test(text);
}
