import type { NativePart } from '../../../chat/native-request.js';
import type { NativeOutputPart } from '../../../chat/native-response.js';
import { isJsonObject, type JsonObject } from '../../../common/json.js';
import { readArray, readCount, readNullableString, readString } from '../upstream-reader.js';

/**
 * Reasoning in the Chat dialect: `reasoning_content` is for reading, `reasoning_details[]` for sending back. A detail is
 * `{ type: 'reasoning.text', text, signature?, index }` or `{ type: 'reasoning.encrypted', data, index }`; `index` is the
 * part's place in the answer, so that thinking between tool calls returns to where it was. Clients that collect a
 * stream's details send them back in pieces: neighbours with the same index are one.
 */
export type ReasoningPart = Extract<NativePart, { type: 'reasoning' | 'reasoning-redacted' }>;

export interface PlacedReasoning {
  part: ReasoningPart;
  /** Index among the answer's parts, or null when not known. */
  index: number | null;
}

export function renderReasoningText(text: string, signature: string | null, index: number): JsonObject {
  return signature === null
    ? { type: 'reasoning.text', text, index }
    : { type: 'reasoning.text', text, signature, index };
}

export function renderReasoningData(data: string, index: number): JsonObject {
  return { type: 'reasoning.encrypted', data, index };
}

/** Members of an assistant message that tell its reasoning; empty when there is none. */
export function renderReasoning(parts: readonly (NativePart | NativeOutputPart)[]): JsonObject {
  let text = '';
  const details: JsonObject[] = [];
  parts.forEach((part, index) => {
    if (part.type === 'reasoning-redacted') details.push(renderReasoningData(part.data, index));
    if (part.type !== 'reasoning') return;
    text += text === '' ? part.text : `\n${part.text}`;
    details.push(renderReasoningText(part.text, part.signature, index));
  });
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
}

/** The reasoning of an assistant message; kinds of details that are not known carry nothing that another model could use. */
export function parseReasoningParts(message: JsonObject): PlacedReasoning[] {
  const placed: PlacedReasoning[] = [];
  for (const detail of readArray(message.reasoning_details)) {
    if (isJsonObject(detail)) addDetail(detail, placed);
  }
  if (placed.length > 0) return placed;
  const text = readString(message.reasoning_content ?? message.reasoning);
  return text === '' ? placed : [{ part: { type: 'reasoning', text, signature: null }, index: null }];
}

function addDetail(detail: JsonObject, placed: PlacedReasoning[]): void {
  const index = readCount(detail.index);
  const signature = readNullableString(detail.signature);
  const type = readString(detail.type);
  if (type === 'reasoning.encrypted' && typeof detail.data === 'string') {
    placed.push({ part: { type: 'reasoning-redacted', data: detail.data }, index });
  }
  if (type !== 'reasoning.text') return;
  const text = readString(detail.text);
  const before = placed.at(-1);
  if (before?.part.type === 'reasoning' && before.index === index && before.part.signature === null) {
    before.part.text += text;
    before.part.signature = signature;
    return;
  }
  placed.push({ part: { type: 'reasoning', text, signature }, index });
}

/** Puts reasoning among the other parts: where its index says, but in the order in which it came; else in front. */
export function insertReasoning<T extends { type: string }>(
  parts: T[],
  placed: readonly PlacedReasoning[],
): (T | ReasoningPart)[] {
  if (placed.length === 0) return parts;
  const all: (T | ReasoningPart)[] = [];
  let taken = 0;
  for (const { part, index } of placed) {
    for (; index !== null && all.length < index; taken += 1) {
      const other = parts[taken];
      if (other === undefined) break;
      all.push(other);
    }
    all.push(part);
  }
  for (; taken < parts.length; taken += 1) all.push(parts[taken] as T);
  return all;
}
