import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../../common/json.js';
import { decodeName, type Span } from './json-tokens.js';

/**
 * `JSON.parse` for a body whose member names may be escaped.
 *
 * V8 (13.6, Node 24) takes the name `"\u0073ystem"` for a member called `\u0073`, six characters, once any text of the
 * process had such a member at the same place of an object: it compares the escaped spelling with the name that it expects.
 * A policy would then read another request than the provider. Escaped names are therefore parsed under names without
 * escapes, which nobody can guess, and given back their meaning afterwards.
 * @param escapedNames the tokens of such names, quotes included, in order.
 * @throws SyntaxError
 */
export function parseJsonBody(body: Buffer, escapedNames: readonly Span[]): JsonValue {
  const json = JSON.parse(body.toString('utf8')) as JsonValue;
  if (escapedNames.length === 0) return json;
  const prefix = randomUUID();
  const names = new Map(
    escapedNames.map(({ start, end }, index) => [`${prefix}${index}`, decodeName(body, start, end)]),
  );
  const text = replaceSpans(body, escapedNames, (index) => `"${prefix}${index}"`);
  return renameMembers(JSON.parse(text) as JsonValue, names);
}

function replaceSpans(body: Buffer, spans: readonly Span[], replace: (index: number) => string): string {
  const pieces: string[] = [];
  let position = 0;
  for (const [index, { start, end }] of spans.entries()) {
    pieces.push(body.toString('utf8', position, start), replace(index));
    position = end;
  }
  pieces.push(body.toString('utf8', position));
  return pieces.join('');
}

/** The scanner has bounded the depth, so that the recursion is. */
function renameMembers(value: JsonValue, names: ReadonlyMap<string, string>): JsonValue {
  if (Array.isArray(value)) return value.map((item) => renameMembers(item, names));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      names.get(name) ?? name,
      renameMembers(member as JsonValue, names),
    ]),
  );
}
