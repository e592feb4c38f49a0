import type { JsonPath } from '../../common/json.js';
import type { DeclarativeFault } from './declarative-fault.js';

const MAX_DEPTH = 32;

/** What no field may hold, whatever it means: text that PostgreSQL cannot store, `__proto__`, and depth without end. */
export function findUnusableContent(value: unknown, path: JsonPath = []): DeclarativeFault[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [{ path, message: UNSTORABLE }];
  if (typeof value !== 'object' || value === null) return [];
  if (path.length >= MAX_DEPTH) return [{ path, message: `is nested deeper than ${MAX_DEPTH} levels` }];
  if (Array.isArray(value))
    return value.flatMap((item, index) => findUnusableContent(item, [...path, index]));
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === '__proto__') return [{ path, message: 'must not have a member "__proto__"' }];
    if (!isStorable(name)) return [{ path, message: `has a member whose name ${UNSTORABLE}` }];
    return findUnusableContent(member, [...path, name]);
  });
}

const UNSTORABLE = 'contains a NUL character or half a surrogate pair';

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}
