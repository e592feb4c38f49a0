import type { MediaSource, NativePart } from '../../../chat/native-request.js';
import type { JsonObject, JsonValue } from '../../../common/json.js';
import type { Extras } from '../body-extras.js';
import {
  asObject,
  BodyPlace,
  createInvalidRequest,
  findBoolean,
  findObject,
  findString,
  getName,
  getObject,
  getString,
  placeOf,
} from '../body-reader.js';
import { findCacheMark } from '../cache-mark.js';
import { createOpaquePart } from '../opaque-part.js';

/** One content block of a message or of the system prompt. */
export function parsePart(block: JsonObject, place: BodyPlace, extras: Extras): NativePart {
  switch (getString(block, 'type', place)) {
    case 'text':
      return { type: 'text', text: getString(block, 'text', place), cacheMark: findCacheMark(block, place) };
    case 'image':
      return parseImage(block, place, extras);
    case 'document':
      return parseDocument(block, place, extras);
    case 'tool_use':
      return parseToolUse(block, place);
    case 'tool_result':
      return parseToolResult(block, place, extras);
    case 'thinking':
      return parseThinking(block, place);
    case 'redacted_thinking':
      return { type: 'reasoning-redacted', data: getString(block, 'data', place) };
    default:
      return createOpaquePart(block, place, extras);
  }
}

function parseImage(block: JsonObject, place: BodyPlace, extras: Extras): NativePart {
  const source = parseSource(block, place);
  if (source === null) return createOpaquePart(block, place, extras);
  return { type: 'image', source, detail: null, cacheMark: findCacheMark(block, place) };
}

function parseDocument(block: JsonObject, place: BodyPlace, extras: Extras): NativePart {
  const source = parseSource(block, place);
  if (source === null) return createOpaquePart(block, place, extras);
  const citations = findObject(block, 'citations', place);
  return {
    type: 'document',
    source,
    title: findString(block, 'title', place),
    context: findString(block, 'context', place),
    citations:
      citations !== null && (findBoolean(citations, 'enabled', new BodyPlace(place, 'citations')) ?? false),
    cacheMark: findCacheMark(block, place),
  };
}

/** Null for kinds of sources that the native format does not know. */
function parseSource(block: JsonObject, blockPlace: BodyPlace): MediaSource | null {
  const source = getObject(block, 'source', blockPlace);
  const place = new BodyPlace(blockPlace, 'source');
  switch (getString(source, 'type', place)) {
    case 'base64':
      return {
        kind: 'base64',
        mediaType: getString(source, 'media_type', place),
        data: getString(source, 'data', place),
      };
    case 'url':
      return { kind: 'url', url: getString(source, 'url', place) };
    case 'file':
      return { kind: 'file', fileId: getString(source, 'file_id', place) };
    case 'text':
      return {
        kind: 'text',
        mediaType: findString(source, 'media_type', place) ?? 'text/plain',
        text: getString(source, 'data', place),
      };
    case 'content':
      return parseContentSource(source, place);
    default:
      return null;
  }
}

/** Text, given whole or as blocks. Blocks of other kinds stay what the native format does not know. */
function parseContentSource(source: JsonObject, place: BodyPlace): MediaSource | null {
  const { content } = source;
  if (typeof content === 'string') return { kind: 'text', mediaType: 'text/plain', text: content };
  if (!Array.isArray(content)) return null;
  const contentPlace = new BodyPlace(place, 'content');
  const texts: string[] = [];
  for (let index = 0; index < content.length; index += 1) {
    const block = asObject(content[index], contentPlace, index);
    if (block.type !== 'text') return null;
    texts.push(getString(block, 'text', new BodyPlace(contentPlace, index)));
  }
  return { kind: 'text', mediaType: 'text/plain', text: texts.join('\n\n') };
}

function parseToolUse(block: JsonObject, place: BodyPlace): NativePart {
  return {
    type: 'tool-call',
    id: getName(block, 'id', place),
    name: getName(block, 'name', place),
    argumentsJson: JSON.stringify(findObject(block, 'input', place) ?? {}),
    cacheMark: findCacheMark(block, place),
  };
}

function parseToolResult(block: JsonObject, place: BodyPlace, extras: Extras): NativePart {
  return {
    type: 'tool-result',
    toolCallId: getName(block, 'tool_use_id', place),
    content: parseResultContent(block.content, place, extras),
    isError: findBoolean(block, 'is_error', place) ?? false,
    cacheMark: findCacheMark(block, place),
  };
}

function parseResultContent(content: JsonValue | undefined, place: BodyPlace, extras: Extras): NativePart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, cacheMark: null }];
  if (!Array.isArray(content)) {
    throw createInvalidRequest(placeOf(place, 'content'), 'Expected a string or an array of blocks.');
  }
  const contentPlace = new BodyPlace(place, 'content');
  return content.map((value, index) => {
    const block = asObject(value, contentPlace, index);
    const blockPlace = new BodyPlace(contentPlace, index);
    // Results hold media and text; a result inside a result would only serve to exhaust the stack.
    return block.type === 'tool_result'
      ? createOpaquePart(block, blockPlace, extras)
      : parsePart(block, blockPlace, extras);
  });
}

function parseThinking(block: JsonObject, place: BodyPlace): NativePart {
  const signature = findString(block, 'signature', place);
  return {
    type: 'reasoning',
    text: getString(block, 'thinking', place),
    signature: signature === '' ? null : signature,
  };
}
