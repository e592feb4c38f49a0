import type { NativeChatRequest } from '../../chat/native-request.js';
import type { JsonObject, JsonValue } from '../../common/json.js';
import { createUnsupported } from './body-reader.js';

/**
 * What a body holds that the native format has no place for. Two kinds of names: a member of the body (`seed`), and the
 * path of something inside it (`tools[1]`, `messages[2].content[0]`): an unknown kind of tool or content part. The same
 * dialect forwards both untouched; translation drops the first kind by name and refuses the second.
 */
export type Extras = Record<string, JsonValue>;

/** The members of `body` that are not in `known`. */
export function collectExtras(body: JsonObject, known: ReadonlySet<string>): Extras {
  const extras: Extras = {};
  for (const name of Object.keys(body)) {
    const value = body[name];
    // As a name it would set the prototype; the router refuses it before anything comes here.
    if (!known.has(name) && value !== undefined && name !== '__proto__') extras[name] = value;
  }
  return extras;
}

/**
 * The names of extras to leave out. A refused member whose value is null, false or an empty list asks for nothing.
 * @throws GatewayError('unsupported_parameter') for those that must not be dropped.
 */
export function listDroppedExtras(request: NativeChatRequest, refusedNames: ReadonlySet<string>): string[] {
  const dropped: string[] = [];
  for (const name of Object.keys(request.extras)) {
    const value = request.extras[name];
    if (value === null || value === undefined) continue;
    const isRefusedName = refusedNames.has(name);
    if (isRefusedName && asksForNothing(value)) continue;
    if (isRefusedName || name.includes('[')) {
      throw createUnsupported(name, 'The provider of the chosen model cannot serve this.');
    }
    dropped.push(name);
  }
  return dropped;
}

function asksForNothing(value: JsonValue): boolean {
  return value === false || (Array.isArray(value) && value.length === 0);
}
