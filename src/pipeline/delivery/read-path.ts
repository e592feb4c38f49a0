import type { JsonObject, JsonPath, JsonValue } from '../../common/json.js';

/** What stands at a path that comes from the document itself. */
export function readPath(json: JsonObject, path: JsonPath): JsonValue {
  let value: JsonValue = json;
  for (const part of path) value = (value as Record<string | number, JsonValue>)[part] as JsonValue;
  return value;
}
