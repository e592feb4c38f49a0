import type { NativeMessage, NativePart } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import type { Extras } from '../body-extras.js';
import { asObject, BodyPlace, createInvalidRequest, getArray, getOneOf, placeOf } from '../body-reader.js';
import { parsePart } from './parse-part.js';

const ROLES = ['user', 'assistant', 'system'] as const;

/**
 * The top-level `system` first, as a message; then the conversation. A user message with tool results becomes a tool
 * message with the results and, when there is more in it, a user message with the rest.
 */
export function parseMessages(body: JsonObject, extras: Extras): NativeMessage[] {
  const messages = getArray(body, 'messages', null);
  if (messages.length === 0) throw createInvalidRequest('messages', 'Must contain at least one message.');
  const natives: NativeMessage[] = [];
  addSystem(body, extras, natives);
  const place = new BodyPlace(null, 'messages');
  for (let index = 0; index < messages.length; index += 1) {
    addMessage(asObject(messages[index], place, index), new BodyPlace(place, index), extras, natives);
  }
  return natives;
}

function addSystem(body: JsonObject, extras: Extras, natives: NativeMessage[]): void {
  if (body.system === undefined || body.system === null) return;
  const parts = parseContent(body, 'system', null, extras);
  if (parts.length > 0) natives.push({ role: 'system', parts, name: null });
}

function addMessage(message: JsonObject, place: BodyPlace, extras: Extras, natives: NativeMessage[]): void {
  const role = getOneOf(message, 'role', ROLES, place);
  const parts = parseContent(message, 'content', place, extras);
  if (role !== 'user' || !parts.some(isToolResult)) {
    natives.push({ role, parts, name: null });
    return;
  }
  natives.push({ role: 'tool', parts: parts.filter(isToolResult), name: null });
  const rest = parts.filter((part) => !isToolResult(part));
  if (rest.length > 0) natives.push({ role: 'user', parts: rest, name: null });
}

function isToolResult(part: NativePart): boolean {
  return part.type === 'tool-result';
}

/** A text or an array of blocks, in the member `name`. */
function parseContent(
  owner: JsonObject,
  name: string,
  place: BodyPlace | null,
  extras: Extras,
): NativePart[] {
  const content = owner[name];
  if (typeof content === 'string') return [{ type: 'text', text: content, cacheMark: null }];
  if (content === undefined) throw createInvalidRequest(placeOf(place, name), 'This field is required.');
  if (!Array.isArray(content))
    throw createInvalidRequest(placeOf(place, name), 'Expected a string or an array of blocks.');
  const contentPlace = new BodyPlace(place, name);
  const parts: NativePart[] = [];
  for (let index = 0; index < content.length; index += 1) {
    const block = asObject(content[index], contentPlace, index);
    parts.push(parsePart(block, new BodyPlace(contentPlace, index), extras));
  }
  return parts;
}
