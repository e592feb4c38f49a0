import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canEnter, findDatabaseUser } from '../../src/storage/database/embedded/database-user.ts';

export interface DataDirectory {
  /** Does not exist yet; a gateway makes it. */
  path: string;
  remove: () => void;
}

/** A DATA_DIR that the embedded database's user can enter, also where TMPDIR lies under a private home. */
export function createDataDirectory(): DataDirectory {
  const user = findDatabaseUser();
  const parent = [tmpdir(), '/var/tmp', '/tmp'].find((candidate) => canEnter(user, candidate));
  if (parent === undefined) throw new Error('No temporary directory that the database user can enter');
  const folder = mkdtempSync(join(parent, 'tokenpak-test-data-'));
  chmodSync(folder, 0o711);
  const path = join(folder, 'data');
  return {
    path,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
