import type { JsonObject, JsonValue } from '../../common/json.js';
import { scanJsonBody } from '../request-router/scan-json-body.js';

/** A number of this many digits may be an id that JavaScript's numbers cannot hold. */
const LONG_NUMBER = /\d{16}/;

/** In Node.js since version 21, not in the compiler's library. */
interface SourceAwareJson {
  parse(
    text: string,
    reviver: (name: string, value: JsonValue, context: { source?: string }) => JsonValue,
  ): unknown;
  /** Stands for a number and is written as `text` by `JSON.stringify`. */
  rawJSON(text: string): JsonValue;
}

const sourceAware = JSON as unknown as SourceAwareJson;

/**
 * Arguments as an object, for the dialect that carries them so. Models write broken JSON at times, and agents send it
 * back in the history together with the tool's complaint; such text is kept under `invalid_json` so that the conversation
 * can go on. So is text that readers may understand differently (a doubled name, `__proto__`) and text that nests too deep
 * to be written again: a text is bounded by nothing but its length, and `JSON.stringify` fails at some thousand levels.
 * Long numbers keep their digits.
 */
export function parseToolArguments(argumentsJson: string): JsonObject {
  if (argumentsJson.trim() === '') return {};
  try {
    const { json } = scanJsonBody(Buffer.from(argumentsJson));
    return LONG_NUMBER.test(argumentsJson) ? parseWithDigits(argumentsJson) : json;
  } catch {
    // What the model wrote must not be lost or refused, whatever is wrong with it.
    return { invalid_json: argumentsJson };
  }
}

/** Of a text that was scanned: an object, and not deep. */
function parseWithDigits(argumentsJson: string): JsonObject {
  return sourceAware.parse(argumentsJson, keepDigits) as JsonObject;
}

function keepDigits(_name: string, value: JsonValue, context: { source?: string }): JsonValue {
  if (typeof value !== 'number' || context.source === undefined) return value;
  return String(value) === context.source ? value : sourceAware.rawJSON(context.source);
}

/**
 * An id for a call to which a server gave none, because its result could not be matched without one. Short, and different
 * for each answer and each call in it.
 */
export function createToolCallId(answerId: string, index: number): string {
  const tail = answerId.replace(/[^a-zA-Z0-9]/g, '').slice(-16);
  return `call_${tail}_${index}`;
}
