import type { KeyId } from '../../common/ids.js';
import { getId } from './declared-owners.js';

/** As stored: the key's name has become its id. */
export function convertScope<Declared extends { key?: string }>(
  declared: Declared,
  keyIds: ReadonlyMap<string, string>,
): Omit<Declared, 'key'> & { keyId?: KeyId } {
  const { key, ...others } = declared;
  return key === undefined ? others : { keyId: getId(keyIds, key) as KeyId, ...others };
}
