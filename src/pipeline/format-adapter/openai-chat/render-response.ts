import type { NativeChatResponse, NativeOutputPart } from '../../../chat/native-response.js';
import type { JsonObject } from '../../../common/json.js';
import { renderUsage } from './convert-usage.js';
import { renderFinishReason } from './map-finish-reason.js';
import { renderReasoning } from './reasoning-details.js';

/** A whole `chat.completion` with one choice. Usage that is not known is left out. */
export function renderResponse(response: NativeChatResponse): JsonObject {
  return {
    id: response.id,
    object: 'chat.completion',
    created: response.createdAtSeconds,
    model: response.model,
    choices: [
      {
        index: 0,
        message: renderMessage(response.parts),
        logprobs: null,
        finish_reason: renderFinishReason(response.finishReason),
      },
    ],
    ...(response.usage === null ? {} : { usage: renderUsage(response.usage) }),
  };
}

function renderMessage(parts: readonly NativeOutputPart[]): JsonObject {
  let content: string | null = null;
  let refusal: string | null = null;
  const toolCalls: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === 'text') content = (content ?? '') + part.text;
    else if (part.type === 'refusal') refusal = (refusal ?? '') + part.text;
    else if (part.type === 'tool-call') toolCalls.push(renderToolCall(part));
  }
  return {
    role: 'assistant',
    content: content ?? (toolCalls.length === 0 && refusal === null ? '' : null),
    refusal,
    ...renderReasoning(parts),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}

/** Clients parse the arguments as JSON, which an empty text is not. */
function renderToolCall(part: Extract<NativeOutputPart, { type: 'tool-call' }>): JsonObject {
  const written = part.argumentsJson === '' ? '{}' : part.argumentsJson;
  return { id: part.id, type: 'function', function: { name: part.name, arguments: written } };
}
