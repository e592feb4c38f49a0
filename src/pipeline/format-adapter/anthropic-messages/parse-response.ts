import type { NativeChatResponse, NativeOutputPart } from '../../../chat/native-response.js';
import { isJsonObject, type JsonObject } from '../../../common/json.js';
import { UpstreamFormatError } from '../dialect-adapter.port.js';
import { readNullableString, readString } from '../upstream-reader.js';
import { parseUsage } from './convert-usage.js';
import { parseFinishReason } from './map-finish-reason.js';

/**
 * A whole `message`. The wire has no time of creation: `createdAtSeconds` is the gateway's.
 * @throws UpstreamFormatError when there is no content.
 */
export function parseResponse(body: JsonObject, createdAtSeconds: number): NativeChatResponse {
  if (!Array.isArray(body.content)) throw new UpstreamFormatError('The response has no content');
  const parts: NativeOutputPart[] = [];
  for (const block of body.content) {
    const part = isJsonObject(block) ? parseOutputBlock(block) : null;
    if (part !== null) parts.push(part);
  }
  return {
    id: readString(body.id),
    model: readString(body.model),
    createdAtSeconds,
    parts,
    finishReason: parseFinishReason(body.stop_reason),
    stopSequence: readNullableString(body.stop_sequence),
    usage: parseUsage(body.usage),
  };
}

/** A block of an answer, also the empty one that starts it in a stream. Null for the traces of the provider's own tools. */
export function parseOutputBlock(block: JsonObject): NativeOutputPart | null {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: readString(block.text) };
    case 'thinking':
      return {
        type: 'reasoning',
        text: readString(block.thinking),
        signature: readString(block.signature) || null,
      };
    case 'redacted_thinking':
      return { type: 'reasoning-redacted', data: readString(block.data) };
    case 'tool_use':
      return {
        type: 'tool-call',
        id: readString(block.id),
        name: readString(block.name),
        argumentsJson: JSON.stringify(block.input ?? {}),
      };
    default:
      return null;
  }
}
