import type { DeclaredScope } from '../../config/declarative/declarative-config.js';
import type { KeyId } from '../../common/ids.js';
import type { Scope } from '../config-snapshot.js';
import { getId } from './declared-owners.js';

/** As stored: the key's name has become its id. */
export function convertScope({ key, ...others }: DeclaredScope, keyIds: ReadonlyMap<string, string>): Scope {
  return key === undefined ? others : { keyId: getId(keyIds, key) as KeyId, ...others };
}
