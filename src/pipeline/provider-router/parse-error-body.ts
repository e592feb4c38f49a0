import { isJsonObject } from '../../common/json.js';

/** An error body as JSON, or as text where it is none (proxies answer HTML or plain text). */
export function parseErrorBody(body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text; // Not JSON: the dialect's parser makes the best of the text.
  }
}

/** `{ "error": {...} }`, the shape that both dialects' clients read. */
export function hasErrorShape(body: unknown): boolean {
  return isJsonObject(body) && isJsonObject(body.error);
}
