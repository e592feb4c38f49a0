import type { NativeChatResponse, NativeOutputPart } from '../../../chat/native-response.js';
import type { JsonObject } from '../../../common/json.js';
import { parseToolArguments } from '../tool-arguments.js';
import { renderUsage } from './convert-usage.js';
import { renderFinishReason } from './map-finish-reason.js';

/** A whole `message`. */
export function renderResponse(response: NativeChatResponse): JsonObject {
  const hasRefusal = response.parts.some((part) => part.type === 'refusal');
  return {
    id: response.id,
    type: 'message',
    role: 'assistant',
    model: response.model,
    content: response.parts.map(renderBlock),
    stop_reason: renderFinishReason(response.finishReason, hasRefusal),
    stop_sequence: response.stopSequence,
    stop_details: null,
    usage: renderUsage(response.usage),
  };
}

function renderBlock(part: NativeOutputPart): JsonObject {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'tool-call':
      return {
        type: 'tool_use',
        id: part.id,
        name: part.name,
        input: parseToolArguments(part.argumentsJson),
      };
    case 'reasoning':
      return { type: 'thinking', thinking: part.text, signature: part.signature ?? '' };
    case 'reasoning-redacted':
      return { type: 'redacted_thinking', data: part.data };
  }
}
