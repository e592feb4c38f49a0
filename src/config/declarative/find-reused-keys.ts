import { type JsonPath, renderJsonPath } from '../../common/json.js';
import type { DeclarativeConfig } from './declarative-config.js';
import type { DeclarativeFault } from './declarative-fault.js';

/** Two keys with the same text: the gateway could not tell who calls. */
export function findReusedKeys({ tenants }: DeclarativeConfig): DeclarativeFault[] {
  const placeByHash = new Map<string, JsonPath>();
  const faults: DeclarativeFault[] = [];
  for (const [tenantIndex, { keys }] of tenants.entries()) {
    for (const [keyIndex, { hash }] of keys.entries()) {
      const path = ['tenants', tenantIndex, 'keys', keyIndex, 'key'];
      const first = placeByHash.get(hash);
      if (first === undefined) placeByHash.set(hash, path);
      else faults.push({ path, message: `is the same secret as ${renderJsonPath(first)}` });
    }
  }
  return faults;
}
