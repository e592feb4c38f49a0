import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The built gateway's own maker of keys: the checksum's rule stands there and nowhere else. */
interface KeyFormat {
  generateKey: (prefix: string) => string;
}

export async function createGatewayKey(root: string): Promise<{ key: string; sha256: string }> {
  const file = pathToFileURL(join(root, 'dist/src/tenancy/key-format.js')).href;
  const { generateKey } = (await import(file)) as KeyFormat;
  const key = generateKey('tpk_');
  return { key, sha256: createHash('sha256').update(key).digest('hex') };
}
