import { isJsonObject, type JsonObject } from '../../common/json.js';

/**
 * Arguments as an object, for the dialect that carries them so. Models write broken JSON at times, and agents send it
 * back in the history together with the tool's complaint; such text is kept under `invalid_json` so that the conversation
 * can go on.
 */
export function parseToolArguments(argumentsJson: string): JsonObject {
  if (argumentsJson.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(argumentsJson);
    if (isJsonObject(value)) return value;
  } catch {
    // Falls through to the wrapped text: what the model wrote must not be lost or refused.
  }
  return { invalid_json: argumentsJson };
}
