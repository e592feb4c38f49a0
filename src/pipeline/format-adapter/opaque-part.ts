import type { NativePart } from '../../chat/native-request.js';
import type { JsonObject } from '../../common/json.js';
import type { Extras } from './body-extras.js';
import type { BodyPlace } from './body-reader.js';

/**
 * A content part of a kind that the native format does not know, such as the trace of a provider's own tool. It is
 * noted under its path, so that translation refuses it, and stands among the parts as its JSON text, so that policies
 * and token counts see what it says.
 */
export function createOpaquePart(block: JsonObject, place: BodyPlace, extras: Extras): NativePart {
  extras[place.toString()] = block;
  return { type: 'text', text: JSON.stringify(block), cacheMark: null };
}
