import { isJsonObject, type JsonObject, type JsonPath, type JsonValue } from '../../common/json.js';
import type { BodyText } from '../validation-gate/collect-texts.js';
import { redactBody } from '../validation-gate/redact-body.js';
import { readPath } from './read-path.js';
import { findValueSpans, spliceBytes } from '../request-router/splice-json.js';

const NULL = Buffer.from('null');

/**
 * A whole answer with its texts replaced, every other byte as the provider wrote it. The probabilities of its tokens
 * (OpenAI's `logprobs`) spell the same text once more, token by token: they go.
 */
export function redactAnswer(bytes: Buffer, json: JsonObject, redactions: readonly BodyText[]): Buffer {
  const logprobs = findLogprobs(json);
  const redacted = redactBody(
    bytes,
    redactions.filter(({ path }) => !isInside(path, logprobs)),
  );
  const edits = findValueSpans(redacted, logprobs).map((span) => ({ ...span, replacement: NULL }));
  return spliceBytes(redacted, edits);
}

function findLogprobs(json: JsonObject): JsonPath[] {
  const { choices } = json;
  if (!Array.isArray(choices)) return [];
  return choices.flatMap((choice, index) =>
    isJsonObject(choice) && isJsonObject(choice.logprobs) ? [['choices', index, 'logprobs']] : [],
  );
}

export function isInside(path: JsonPath, places: readonly JsonPath[]): boolean {
  return places.some((place) => place.every((part, index) => path[index] === part));
}

/** Puts texts into the parsed answer itself. */
export function replaceTexts(json: JsonObject, redactions: readonly BodyText[]): void {
  for (const { path, text } of redactions) {
    const last = path.at(-1);
    const holder = readPath(json, path.slice(0, -1)) as Record<string | number, JsonValue>;
    if (last !== undefined) holder[last] = text;
  }
}
