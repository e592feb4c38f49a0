import type { MediaSource, NativeChatRequest, NativePart } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { createUnsupported } from '../body-reader.js';
import { renderCacheMark } from '../cache-mark.js';
import { renderDataUrl } from '../data-url.js';
import { findBodyPath } from '../find-body-path.js';

export interface PartContext {
  request: NativeChatRequest;
  /** The request came in this dialect, so that its own extensions may be sent. */
  isOwnDialect: boolean;
  /** The model knows `prompt_cache_breakpoint`. */
  takesBreakpoints: boolean;
  /** Names of what had to be left out, collected on the way. */
  dropped: Set<string>;
}

/** A content part of the Chat dialect. @throws GatewayError('unsupported_parameter') for what it has no part for. */
export function renderPart(part: NativePart, context: PartContext): JsonObject {
  const rendered = renderUnmarked(part, context);
  const mark = 'cacheMark' in part ? part.cacheMark : null;
  if (mark === null) return rendered;
  if (context.takesBreakpoints) rendered.prompt_cache_breakpoint = { mode: 'explicit' };
  else if (context.isOwnDialect) rendered.cache_control = renderCacheMark(mark);
  else context.dropped.add('cache_control');
  return rendered;
}

function renderUnmarked(part: NativePart, context: PartContext): JsonObject {
  switch (part.type) {
    case 'text':
      return part.refusal === true
        ? { type: 'refusal', refusal: part.text }
        : { type: 'text', text: part.text };
    case 'image':
      return renderImage(part, context);
    case 'document':
      return renderDocument(part, context);
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
    case 'tool-call':
    case 'tool-result':
    case 'reasoning':
    case 'reasoning-redacted':
      throw createUnsupported(
        'messages',
        `The chosen model cannot take a ${part.type} part in this message.`,
      );
  }
}

function renderImage(part: Extract<NativePart, { type: 'image' }>, context: PartContext): JsonObject {
  const { source, detail } = part;
  if (source.kind === 'file') throw refuseFile(source, context);
  if (source.kind === 'text') throw createUnsupported('messages', 'An image cannot be given as text.');
  const url = source.kind === 'url' ? source.url : renderDataUrl(source.mediaType, source.data);
  return { type: 'image_url', image_url: detail === null ? { url } : { url, detail } };
}

function renderDocument(part: Extract<NativePart, { type: 'document' }>, context: PartContext): JsonObject {
  const { source } = part;
  if (part.citations) context.dropped.add('citations');
  if (part.context !== null && source.kind !== 'text') context.dropped.add('context');
  switch (source.kind) {
    case 'base64':
      return renderFile(part.title, { file_data: renderDataUrl(source.mediaType, source.data) }, context);
    case 'text':
      return {
        type: 'text',
        text: [part.title, part.context, source.text].filter((text) => text !== null).join('\n\n'),
      };
    case 'url':
      if (context.isOwnDialect) return renderFile(part.title, { file_data: source.url }, context);
      throw createUnsupported(
        findBodyPath(context.request.raw, 'url', source.url),
        'The provider of the chosen model does not take documents by URL.',
      );
    case 'file':
      if (context.isOwnDialect) return renderFile(part.title, { file_id: source.fileId }, context);
      throw refuseFile(source, context);
  }
}

/** The API asks for a name with the data, which other dialects leave open. */
function renderFile(title: string | null, content: JsonObject, context: PartContext): JsonObject {
  const filename = title ?? (context.isOwnDialect ? null : 'document.pdf');
  return { type: 'file', file: filename === null ? content : { filename, ...content } };
}

function refuseFile(source: Extract<MediaSource, { kind: 'file' }>, context: PartContext): Error {
  return createUnsupported(
    findBodyPath(context.request.raw, 'file_id', source.fileId),
    'A file that was uploaded to one provider cannot be used with another.',
  );
}
