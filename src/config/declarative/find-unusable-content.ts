import { Breather } from '../../common/breather.js';
import { isJsonObject, type JsonPath } from '../../common/json.js';
import type { DeclarativeFault } from './declarative-fault.js';

const MAX_DEPTH = 32;

/** What no field may hold, whatever it means: text that PostgreSQL cannot store, `__proto__`, and depth without end. */
export async function findUnusableContent(document: unknown): Promise<DeclarativeFault[]> {
  if (!isJsonObject(document) || !Array.isArray(document.tenants)) return findIn(document, []);
  const { tenants, ...others } = document;
  const faults = findIn(others, []);
  const breather = new Breather();
  for (const [index, tenant] of tenants.entries()) {
    for (const fault of findIn(tenant, ['tenants', index])) faults.push(fault);
    if (breather.isDue()) await breather.pause();
  }
  return faults;
}

function findIn(value: unknown, path: JsonPath): DeclarativeFault[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [{ path, message: UNSTORABLE }];
  if (typeof value !== 'object' || value === null) return [];
  if (path.length >= MAX_DEPTH) return [{ path, message: `is nested deeper than ${MAX_DEPTH} levels` }];
  if (Array.isArray(value)) return value.flatMap((item, index) => findIn(item, [...path, index]));
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === '__proto__') return [{ path, message: 'must not have a member "__proto__"' }];
    if (!isStorable(name)) return [{ path, message: `has a member whose name ${UNSTORABLE}` }];
    return findIn(member, [...path, name]);
  });
}

const UNSTORABLE = 'contains a NUL character or half a surrogate pair';

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}
