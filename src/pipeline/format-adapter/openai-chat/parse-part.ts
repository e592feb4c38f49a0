import type { MediaSource, NativePart } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import type { Extras } from '../body-extras.js';
import { BodyPlace, createInvalidRequest, findString, getObject, getString } from '../body-reader.js';
import { findChatCacheMark } from '../cache-mark.js';
import { findDataUrl } from '../data-url.js';
import { createOpaquePart } from '../opaque-part.js';

/** One content part of a message. */
export function parsePart(part: JsonObject, place: BodyPlace, extras: Extras): NativePart {
  switch (getString(part, 'type', place)) {
    case 'text':
      return { type: 'text', text: getString(part, 'text', place), cacheMark: findChatCacheMark(part) };
    case 'refusal':
      return {
        type: 'text',
        text: getString(part, 'refusal', place),
        cacheMark: findChatCacheMark(part),
        refusal: true,
      };
    case 'image_url':
      return parseImage(part, place);
    case 'file':
      return parseFile(part, place);
    case 'input_audio':
      return parseAudio(part, place);
    default:
      return createOpaquePart(part, place, extras);
  }
}

function parseImage(part: JsonObject, place: BodyPlace): NativePart {
  const image = getObject(part, 'image_url', place);
  const imagePlace = new BodyPlace(place, 'image_url');
  const detail = findString(image, 'detail', imagePlace);
  return {
    type: 'image',
    source: convertUrl(getString(image, 'url', imagePlace)),
    detail: detail === 'low' || detail === 'high' || detail === 'auto' ? detail : null,
    cacheMark: findChatCacheMark(part),
  };
}

function parseFile(part: JsonObject, place: BodyPlace): NativePart {
  const file = getObject(part, 'file', place);
  const filePlace = new BodyPlace(place, 'file');
  return {
    type: 'document',
    source: parseFileSource(file, filePlace),
    title: findString(file, 'filename', filePlace),
    context: null,
    citations: false,
    cacheMark: findChatCacheMark(part),
  };
}

function parseFileSource(file: JsonObject, place: BodyPlace): MediaSource {
  const fileId = findString(file, 'file_id', place);
  if (fileId !== null) return { kind: 'file', fileId };
  const data = findString(file, 'file_data', place);
  if (data === null) throw createInvalidRequest(place.toString(), 'Either file_data or file_id is required.');
  if (data.startsWith('data:') || data.startsWith('http')) return convertUrl(data);
  // Some clients leave the data URL's head out; what the Chat dialect takes as a file is a PDF.
  return { kind: 'base64', mediaType: 'application/pdf', data };
}

function parseAudio(part: JsonObject, place: BodyPlace): NativePart {
  const audio = getObject(part, 'input_audio', place);
  const audioPlace = new BodyPlace(place, 'input_audio');
  return {
    type: 'audio',
    data: getString(audio, 'data', audioPlace),
    format: getString(audio, 'format', audioPlace),
  };
}

function convertUrl(url: string): MediaSource {
  const dataUrl = findDataUrl(url);
  return dataUrl === null
    ? { kind: 'url', url }
    : { kind: 'base64', mediaType: dataUrl.mediaType, data: dataUrl.data };
}
