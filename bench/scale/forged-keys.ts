import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Keys with a right checksum that no gateway has ever stored. */
export async function createForgedKeys(root: string, count: number): Promise<string[]> {
  const file = pathToFileURL(join(root, 'dist/src/tenancy/key-format.js')).href;
  const { generateKey } = (await import(file)) as { generateKey: (prefix: string) => string };
  return Array.from({ length: count }, () => generateKey('tpk_'));
}
