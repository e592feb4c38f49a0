import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

interface Directory {
  readonly size: number;
  lookUp(hash: string, ip: string): Promise<unknown>;
}

/** Heap of the built gateway's key directory after it was asked for so many keys, all of which exist. */
export async function fillKeyDirectory(
  root: string,
  keys: number,
): Promise<{ kept: number; heapMb: number }> {
  const file = pathToFileURL(join(root, 'dist/src/tenancy/key-directory.js')).href;
  const { KeyDirectory } = (await import(file)) as {
    KeyDirectory: new (repository: object, clock: object) => Directory;
  };
  // A table that has every key.
  const repository = { findByHash: (hash: string) => Promise.resolve({ hash, key: describeKey(hash) }) };
  const directory = new KeyDirectory(repository, { nowMs: () => 0 });
  const before = measureHeapMb();
  for (let index = 0; index < keys; index += 1) {
    // Each from an address of its own: what one address may cause is another measurement.
    await directory.lookUp(createHash('sha256').update(String(index)).digest('hex'), String(index % 10_000));
    if (index % 100_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { kept: directory.size, heapMb: measureHeapMb() - before };
}

/** As a row of the table is in memory. */
const describeKey = (hash: string): object => ({
  id: `${hash.slice(0, 8)}-${hash.slice(8, 12)}-7${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
  tenantId: `${hash.slice(32, 40)}-0000-7000-8000-${hash.slice(40, 52)}`,
  name: `key ${hash.slice(0, 6)}`,
  prefix: `tpk_${hash.slice(0, 8)}`,
  expiresAtMs: null,
  allowedModels: [],
  tags: { team: hash.slice(0, 4) },
  requiredTags: [],
  user: null,
  status: 'active',
});

function measureHeapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
