import { isJsonObject, type JsonValue, renderJsonPath } from '../../common/json.js';

/**
 * Where in the original body a member with this value stands, as the client would write it; the member's name when it is
 * not found. Walks the whole body: only for refusals, which need it to name the field.
 */
export function findBodyPath(body: JsonValue | undefined, member: string, value: JsonValue): string {
  const path: (string | number)[] = [];
  return findInto(body, member, value, path) ? renderJsonPath(path) : member;
}

function findInto(
  node: JsonValue | undefined,
  member: string,
  value: JsonValue,
  path: (string | number)[],
): boolean {
  if (Array.isArray(node)) {
    for (let index = 0; index < node.length; index += 1) {
      path.push(index);
      if (findInto(node[index], member, value, path)) return true;
      path.pop();
    }
    return false;
  }
  if (!isJsonObject(node)) return false;
  for (const name of Object.keys(node)) {
    path.push(name);
    if (name === member && node[name] === value) return true;
    if (findInto(node[name], member, value, path)) return true;
    path.pop();
  }
  return false;
}
