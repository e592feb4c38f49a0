import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from '../common/private-file.js';
import { generateKey, isWellFormedKey } from '../tenancy/key-format.js';
import type { GeneratedSecrets } from './gateway-config.js';

const FILE = 'first-use.json';
const KEY_BYTES = 32;

/** What embedded mode makes once: the administrator's token, the key for secrets at rest, the demo tenant's key. */
export interface FirstUse extends GeneratedSecrets {
  demoKey: string;
}

const fileSchema = z.strictObject({
  adminToken: z.string().refine((text) => isWellFormedKey(text, 'tpa_')),
  encryptionKey: z.base64().refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES),
  demoKey: z.string().refine((text) => isWellFormedKey(text, 'tpk_')),
});

/**
 * Reads `DATA_DIR/first-use.json`, or makes it (readable by its owner alone) at the first start.
 * @throws when it is damaged; it is never overwritten, because stored secrets open with nothing but its encryption key.
 */
export function loadFirstUse(dataDir: string): FirstUse {
  const path = join(dataDir, FILE);
  const text = readPrivateFile(path);
  if (text === null) return createFirstUse(path);
  const parsed = parseFile(text);
  if (parsed !== null) return { ...parsed, encryptionKey: Buffer.from(parsed.encryptionKey, 'base64') };
  throw new Error(
    `${path} is damaged. It holds the encryption key and the admin token: restore it from a backup. To begin anew, with an ` +
      'empty database and new keys, remove DATA_DIR.',
  );
}

function createFirstUse(path: string): FirstUse {
  const encryptionKey = randomBytes(KEY_BYTES);
  const secrets = { adminToken: generateKey('tpa_'), demoKey: generateKey('tpk_') };
  const stored = { ...secrets, encryptionKey: encryptionKey.toString('base64') };
  writePrivateFile(path, `${JSON.stringify(stored, null, 2)}\n`);
  return { ...secrets, encryptionKey };
}

function parseFile(text: string): z.infer<typeof fileSchema> | null {
  try {
    return fileSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
