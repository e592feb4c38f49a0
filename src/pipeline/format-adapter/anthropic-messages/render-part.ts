import type { MediaSource, NativeChatRequest, NativePart } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { createUnsupported } from '../body-reader.js';
import { renderCacheMark } from '../cache-mark.js';
import { findBodyPath } from '../find-body-path.js';
import { parseToolArguments } from '../tool-arguments.js';

export interface PartContext {
  request: NativeChatRequest;
  /** Names of what had to be left out, collected on the way. */
  dropped: Set<string>;
}

/** A content block. @throws GatewayError('unsupported_parameter') for what this dialect has no block for. */
export function renderPart(part: NativePart, context: PartContext): JsonObject {
  const block = renderUnmarked(part, context);
  const mark = 'cacheMark' in part ? part.cacheMark : null;
  if (mark !== null) block.cache_control = renderCacheMark(mark);
  return block;
}

function renderUnmarked(part: NativePart, context: PartContext): JsonObject {
  const { request } = context;
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      if (part.detail === 'low' || part.detail === 'high') context.dropped.add('detail');
      return { type: 'image', source: renderImageSource(part.source, request) };
    case 'document':
      return renderDocument(part, request);
    case 'audio':
      throw createUnsupported(
        findBodyPath(request.raw, 'data', part.data),
        'The chosen model does not listen to audio.',
      );
    case 'tool-call':
      return {
        type: 'tool_use',
        id: cleanId(part.id),
        name: part.name,
        input: parseToolArguments(part.argumentsJson),
      };
    case 'tool-result':
      return renderToolResult(part, context);
    case 'reasoning':
      return { type: 'thinking', thinking: part.text, signature: part.signature ?? '' };
    case 'reasoning-redacted':
      return { type: 'redacted_thinking', data: part.data };
  }
}

/** The API takes letters, digits, `_` and `-` in ids; call and result are changed alike, so that they still match. */
function cleanId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_');
}

function renderToolResult(
  part: Extract<NativePart, { type: 'tool-result' }>,
  context: PartContext,
): JsonObject {
  const content = part.content.filter((inner) => inner.type !== 'text' || inner.text.trim() !== '');
  const [only] = content;
  const isPlain = content.length === 1 && only?.type === 'text' && only.cacheMark === null;
  return {
    type: 'tool_result',
    tool_use_id: cleanId(part.toolCallId),
    ...(content.length === 0
      ? {}
      : { content: isPlain ? only.text : content.map((inner) => renderPart(inner, context)) }),
    ...(part.isError ? { is_error: true } : {}),
  };
}

function renderImageSource(source: MediaSource, request: NativeChatRequest): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { type: 'base64', media_type: cleanImageType(source.mediaType), data: source.data };
    case 'url':
      if (source.url.startsWith('data:')) {
        throw createUnsupported(
          findBodyPath(request.raw, 'url', source.url),
          'Only base64 data URLs can be passed on.',
        );
      }
      return { type: 'url', url: source.url };
    case 'file':
      return renderFile(source.fileId, request);
    case 'text':
      throw createUnsupported('messages', 'An image cannot be given as text.');
  }
}

/** The common misspelling, which other providers take. */
function cleanImageType(mediaType: string): string {
  return mediaType === 'image/jpg' ? 'image/jpeg' : mediaType;
}

function renderDocument(
  part: Extract<NativePart, { type: 'document' }>,
  request: NativeChatRequest,
): JsonObject {
  const { source } = part;
  // What the Chat dialect sends as a file may be a picture.
  if (source.kind === 'base64' && source.mediaType.startsWith('image/')) {
    return { type: 'image', source: renderImageSource(source, request) };
  }
  return {
    type: 'document',
    source: renderDocumentSource(source, request),
    ...(part.title === null ? {} : { title: part.title }),
    ...(part.context === null ? {} : { context: part.context }),
    ...(part.citations ? { citations: { enabled: true } } : {}),
  };
}

function renderDocumentSource(source: MediaSource, request: NativeChatRequest): JsonObject {
  switch (source.kind) {
    case 'base64':
      return renderBase64Document(source, request);
    case 'url':
      return { type: 'url', url: source.url };
    case 'file':
      return renderFile(source.fileId, request);
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
  }
}

/** PDF as it is, plain text as text; other formats the API does not read. */
function renderBase64Document(
  source: Extract<MediaSource, { kind: 'base64' }>,
  request: NativeChatRequest,
): JsonObject {
  if (source.mediaType === 'application/pdf')
    return { type: 'base64', media_type: source.mediaType, data: source.data };
  if (source.mediaType.startsWith('text/') || source.mediaType === 'application/json') {
    return {
      type: 'text',
      media_type: 'text/plain',
      data: Buffer.from(source.data, 'base64').toString('utf8'),
    };
  }
  const original = `data:${source.mediaType};base64,${source.data}`;
  throw createUnsupported(
    findBodyPath(request.raw, 'file_data', original),
    'The chosen model reads PDF and plain text documents.',
  );
}

function renderFile(fileId: string, request: NativeChatRequest): JsonObject {
  if (request.dialect === 'anthropic-messages') return { type: 'file', file_id: fileId };
  throw createUnsupported(
    findBodyPath(request.raw, 'file_id', fileId),
    'A file that was uploaded to one provider cannot be used with another.',
  );
}
