import type { NativeChatResponse, NativeOutputPart } from '../../../chat/native-response.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';
import { UpstreamFormatError } from '../dialect-adapter.port.js';
import { createToolCallId } from '../tool-arguments.js';
import { readArray, readCount, readObject, readString } from '../upstream-reader.js';
import { parseUsage } from './convert-usage.js';
import { parseFinishReason } from './map-finish-reason.js';
import { insertReasoning, parseReasoningParts } from './reasoning-details.js';

/** A whole `chat.completion`; its first choice. @throws UpstreamFormatError when there is no choice with a message. */
export function parseResponse(body: JsonObject): NativeChatResponse {
  const choice = readArray(body.choices)[0];
  if (!isJsonObject(choice)) throw new UpstreamFormatError('The response has no choices');
  const message = readObject(choice.message);
  if (message === null) throw new UpstreamFormatError('The response has no message');
  const id = readString(body.id);
  const parts = parseParts(message, id);
  return {
    id,
    model: readString(body.model),
    createdAtSeconds: readCount(body.created) ?? 0,
    parts,
    finishReason: parseFinishReason(
      choice.finish_reason,
      parts.some((part) => part.type === 'tool-call'),
    ),
    stopSequence: null,
    usage: parseUsage(body.usage),
  };
}

function parseParts(message: JsonObject, answerId: string): NativeOutputPart[] {
  const parts: NativeOutputPart[] = [];
  const text = readContent(message.content);
  if (text !== '') parts.push({ type: 'text', text });
  const refusal = readString(message.refusal);
  if (refusal !== '') parts.push({ type: 'refusal', text: refusal });
  for (const call of readArray(message.tool_calls)) {
    if (isJsonObject(call)) parts.push(parseToolCall(call, createToolCallId(answerId, parts.length)));
  }
  return insertReasoning(parts, parseReasoningParts(message));
}

/** Text, or text parts as some compatible servers write them. */
function readContent(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of readArray(content)) {
    if (isJsonObject(part)) text += readString(part.text);
  }
  return text;
}

function parseToolCall(call: JsonObject, fallbackId: string): NativeOutputPart {
  const target = readObject(call.function);
  if (target === null) throw new UpstreamFormatError('A tool call has no function');
  const { arguments: written } = target;
  return {
    type: 'tool-call',
    id: readString(call.id) || fallbackId,
    name: readString(target.name),
    // Some compatible servers send the object itself.
    argumentsJson: isJsonObject(written) ? JSON.stringify(written) : readString(written),
  };
}
