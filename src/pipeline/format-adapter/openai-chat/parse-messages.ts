import type { CacheMark, NativeMessage, NativePart } from '../../../chat/native-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';
import type { Extras } from '../body-extras.js';
import {
  asObject,
  BodyPlace,
  createInvalidRequest,
  findArray,
  findObject,
  findString,
  getArray,
  getName,
  getObject,
  getOneOf,
  getString,
  placeOf,
} from '../body-reader.js';
import { findChatCacheMark } from '../cache-mark.js';
import { createOpaquePart } from '../opaque-part.js';
import { parsePart } from './parse-part.js';
import { insertReasoning, parseReasoningParts } from './reasoning-details.js';

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/** One native message for each message of the body, at the same index. */
export function parseMessages(body: JsonObject, extras: Extras): NativeMessage[] {
  const messages = getArray(body, 'messages', null);
  if (messages.length === 0) throw createInvalidRequest('messages', 'Must contain at least one message.');
  const place = new BodyPlace(null, 'messages');
  const natives: NativeMessage[] = [];
  for (let index = 0; index < messages.length; index += 1) {
    const message = asObject(messages[index], place, index);
    natives.push(parseMessage(message, new BodyPlace(place, index), extras));
  }
  return natives;
}

function parseMessage(message: JsonObject, place: BodyPlace, extras: Extras): NativeMessage {
  const role = getOneOf(message, 'role', ROLES, place);
  const name = findString(message, 'name', place);
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', parts: parseContent(message, place, extras), name };
    case 'user':
      return { role: 'user', parts: parseContent(message, place, extras), name };
    case 'assistant':
      return { role: 'assistant', parts: parseAssistantParts(message, place, extras), name };
    case 'tool':
      return {
        role: 'tool',
        parts: [parseToolResult(message, getString(message, 'tool_call_id', place), place, extras)],
        name,
      };
    case 'function':
      // The predecessor of `tool` has no call id, which no other dialect can do without.
      extras[placeOf(place, 'role')] = role;
      return {
        role: 'tool',
        parts: [parseToolResult(message, getString(message, 'name', place), place, extras)],
        name,
      };
  }
}

/** Text or parts. A mark on the message counts for its last part, as with clients that write text content. */
function parseContent(message: JsonObject, place: BodyPlace, extras: Extras): NativePart[] {
  const { content } = message;
  const mark = findChatCacheMark(message);
  if (typeof content === 'string') return [{ type: 'text', text: content, cacheMark: mark }];
  if (content === undefined || content === null)
    throw createInvalidRequest(placeOf(place, 'content'), 'This field is required.');
  return markLast(parseParts(message, place, extras), mark);
}

function parseParts(message: JsonObject, place: BodyPlace, extras: Extras): NativePart[] {
  const content = message.content;
  if (!Array.isArray(content)) {
    throw createInvalidRequest(placeOf(place, 'content'), 'Expected a string or an array of content parts.');
  }
  const contentPlace = new BodyPlace(place, 'content');
  const parts: NativePart[] = [];
  for (let index = 0; index < content.length; index += 1) {
    const part = asObject(content[index], contentPlace, index);
    parts.push(parsePart(part, new BodyPlace(contentPlace, index), extras));
  }
  return parts;
}

function markLast(parts: NativePart[], mark: CacheMark | null): NativePart[] {
  const last = parts.at(-1);
  if (mark !== null && last !== undefined && 'cacheMark' in last) last.cacheMark ??= mark;
  return parts;
}

function parseToolResult(
  message: JsonObject,
  toolCallId: string,
  place: BodyPlace,
  extras: Extras,
): NativePart {
  const { content } = message;
  const cacheMark = findChatCacheMark(message);
  const text = typeof content === 'string' ? content : null;
  const parts: NativePart[] =
    content === null || content === undefined
      ? []
      : text === null
        ? parseParts(message, place, extras)
        : [{ type: 'text', text, cacheMark: null }];
  return { type: 'tool-result', toolCallId, content: parts, isError: false, cacheMark };
}

/** Order as the model produced it: what it thought, what it said, what it called. */
function parseAssistantParts(message: JsonObject, place: BodyPlace, extras: Extras): NativePart[] {
  const parts: NativePart[] = [];
  addAssistantContent(message, place, extras, parts);
  addToolCalls(message, place, extras, parts);
  addFunctionCall(message, place, extras, parts);
  // A reference to earlier audio of this provider; nothing else can say it.
  if (isJsonObject(message.audio)) extras[placeOf(place, 'audio')] = message.audio;
  return insertReasoning(parts, parseReasoningParts(message));
}

function addAssistantContent(
  message: JsonObject,
  place: BodyPlace,
  extras: Extras,
  parts: NativePart[],
): void {
  const { content } = message;
  if (typeof content === 'string') {
    if (content !== '') parts.push({ type: 'text', text: content, cacheMark: findChatCacheMark(message) });
  } else if (content !== undefined && content !== null) {
    for (const part of markLast(parseParts(message, place, extras), findChatCacheMark(message)))
      parts.push(part);
  }
  const refusal = findString(message, 'refusal', place);
  if (refusal !== null && refusal !== '')
    parts.push({ type: 'text', text: refusal, cacheMark: null, refusal: true });
}

function addToolCalls(message: JsonObject, place: BodyPlace, extras: Extras, parts: NativePart[]): void {
  const calls = findArray(message, 'tool_calls', place);
  if (calls === null) return;
  const callsPlace = new BodyPlace(place, 'tool_calls');
  for (let index = 0; index < calls.length; index += 1) {
    parts.push(parseToolCall(calls[index], callsPlace, index, extras));
  }
}

function parseToolCall(
  value: JsonValue | undefined,
  callsPlace: BodyPlace,
  index: number,
  extras: Extras,
): NativePart {
  const call = asObject(value, callsPlace, index);
  const place = new BodyPlace(callsPlace, index);
  const type = findString(call, 'type', place);
  if (type !== null && type !== 'function') return createOpaquePart(call, place, extras);
  const target = getObject(call, 'function', place);
  const targetPlace = new BodyPlace(place, 'function');
  return {
    type: 'tool-call',
    id: getString(call, 'id', place),
    name: getName(target, 'name', targetPlace),
    argumentsJson: getString(target, 'arguments', targetPlace),
    cacheMark: findChatCacheMark(call),
  };
}

/** The predecessor of `tool_calls`. */
function addFunctionCall(message: JsonObject, place: BodyPlace, extras: Extras, parts: NativePart[]): void {
  const call = findObject(message, 'function_call', place);
  if (call !== null) parts.push(createOpaquePart(call, new BodyPlace(place, 'function_call'), extras));
}
