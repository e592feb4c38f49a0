import { isAscii, isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject, type JsonValue } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Span } from './json-tokens.js';
import { parseJsonBody } from './parse-json-body.js';
import { findJsonFault } from './scan-json-body-fault.js';
import { scanStructure } from './scan-json-body-structure.js';

/** What one pass over a request's bytes learned. Offsets are bytes into the body that was scanned. */
export interface ScannedBody {
  json: JsonObject;
  /** The string token of the top-level `model`, quotes included; null when it is missing or not a string. */
  modelSpan: Span | null;
  /** The value of the top-level `stream_options`; null when it is missing. */
  streamOptionsSpan: Span | null;
  /** The closing brace of the root; a member can be inserted before it. */
  objectEnd: number;
  /** Members of the root. */
  memberCount: number;
  /** No text in it has a character beyond ASCII, or anything written as `\u`. */
  isPlainAscii: boolean;
}

/**
 * Reads a JSON body and proves that every reader will understand it alike.
 *
 * Guarantees: the bytes are UTF-8 without a byte order mark, the root is an object, nothing nests deeper than 128, no object
 * names a member twice (however the name is escaped) and none is called `__proto__`. Two readers that resolve a doubled
 * member differently would otherwise see two requests, one for the policy and one for the provider.
 *
 * 1. UTF-8 is checked natively. 2. `scanStructure` walks brackets, names and string ends; it throws on depth before
 * anything is built. 3. `parseJsonBody` judges the syntax and makes the values. 4. Only then is a fault of step 2 raised: on
 * text that is not JSON it would mean nothing.
 *
 * @throws GatewayError `invalid_json` with the byte position, `invalid_request` with the path; neither repeats a value.
 */
export function scanJsonBody(body: Buffer): ScannedBody {
  const isPlainAscii = assertText(body) && !body.includes('\\u');
  const structure = scanStructure(body);
  const json = parseJson(body, structure.escapedNames);
  if (structure.fault !== null) throw structure.fault;
  if (!isJsonObject(json)) {
    throw new GatewayError('invalid_request', { publicMessage: 'The request body must be a JSON object.' });
  }
  const { modelSpan, streamOptionsSpan, objectEnd, memberCount } = structure;
  return { json, modelSpan, streamOptionsSpan, objectEnd, memberCount, isPlainAscii };
}

/** Returns whether all of it is ASCII. */
function assertText(body: Buffer): boolean {
  if (body.length === 0) {
    throw new GatewayError('invalid_json', { publicMessage: 'The request body is empty.' });
  }
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new GatewayError('invalid_json', {
      publicMessage: 'The request body begins with a byte order mark; send UTF-8 without one.',
    });
  }
  if (isAscii(body)) return true;
  if (!isUtf8(body)) {
    throw new GatewayError('invalid_json', { publicMessage: 'The request body is not valid UTF-8.' });
  }
  return false;
}

function parseJson(body: Buffer, escapedNames: readonly Span[]): JsonValue {
  try {
    return parseJsonBody(body, escapedNames);
  } catch (cause) {
    // The engine's message quotes the text, so that it stays out of the answer; it is not kept for logs either.
    if (!(cause instanceof SyntaxError)) throw cause;
    const position = findJsonFault(body) ?? body.length;
    const publicMessage = `The request body is not valid JSON: unexpected ${position < body.length ? 'byte' : 'end'} at position ${position}.`;
    throw new GatewayError('invalid_json', { publicMessage, context: { position, bytes: body.length } });
  }
}
