import { isJsonObject, type JsonObject } from '../../common/json.js';

/** How a Chat Completions stream ends. */
export const STREAM_END = '[DONE]';

/** Null for what no client could parse either. */
export function parseFrame(data: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(data);
    return isJsonObject(value) ? value : null;
  } catch {
    // The caller looks at it as it stands, or leaves it to the parser of the dialect, which reports it.
    return null;
  }
}

/** @param data one line */
export function renderFrame(data: string): string {
  return `data: ${data}\n\n`;
}
