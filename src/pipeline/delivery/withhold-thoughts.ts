import { isJsonObject, type JsonObject, type JsonPath, type JsonValue } from '../../common/json.js';
import { findValueSpans, spliceBytes } from '../request-router/splice-json.js';
import { readPath } from './read-path.js';

/**
 * Whether the thoughts that the paths point into can be left out of an answer. Providers do without them in the next turn,
 * unless the answer calls tools: then they must come back, and as they were.
 */
export function canWithholdThoughts(json: JsonObject, sealed: readonly JsonPath[]): boolean {
  return !hasToolCall(json) && sealed.every((path) => typeof path.at(-2) === 'number');
}

/** Takes them out of the answer itself. Returns the lists that have become shorter. */
export function withholdThoughts(json: JsonObject, sealed: readonly JsonPath[]): JsonPath[] {
  const thoughts = new Set(sealed.map((path) => readPath(json, path.slice(0, -1))));
  const lists = new Map(sealed.map((path) => [path.slice(0, -2).join('/'), path.slice(0, -2)]));
  for (const path of lists.values()) {
    const list = readPath(json, path) as JsonValue[];
    list.splice(0, list.length, ...list.filter((item) => !thoughts.has(item)));
  }
  return [...lists.values()];
}

/** The bytes with whole lists written anew, as they stand in `json`. */
export function replaceLists(bytes: Buffer, json: JsonObject, lists: readonly JsonPath[]): Buffer {
  const edits = findValueSpans(bytes, lists).map((span, index) => {
    const list = readPath(json, lists[index] ?? []);
    return { ...span, replacement: Buffer.from(JSON.stringify(list)) };
  });
  return spliceBytes(bytes, edits);
}

function hasToolCall({ content, choices }: JsonObject): boolean {
  const isCall = ({ type }: JsonObject): boolean => typeof type === 'string' && type.endsWith('tool_use');
  return listObjects(content).some(isCall) || hasToolCalls(choices);
}

function hasToolCalls(choices: JsonValue | undefined): boolean {
  return listObjects(choices).some(({ message }) => {
    if (!isJsonObject(message)) return false;
    return listObjects(message.tool_calls).length > 0 || isJsonObject(message.function_call);
  });
}

function listObjects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
