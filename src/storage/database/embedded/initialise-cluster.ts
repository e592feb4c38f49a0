import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory } from '../../../common/private-file.js';
import type { Cluster } from './cluster.js';
import { SUPERUSER } from './cluster.js';
import type { DatabaseUser } from './database-user.js';

const UNFINISHED_PREFIX = 'unfinished-';
const RETRIES = { maxRetries: 10, retryDelay: 100 };

const FLAGS = [
  '--auth=scram-sha-256',
  `--username=${SUPERUSER}`,
  '--encoding=UTF8',
  // The same order of text on every machine and after every upgrade of its C library.
  '--locale=C',
  '--no-instructions',
];

/** Makes an empty database. Killed in the middle it leaves a folder of another name, which the next call removes. */
export async function initialiseCluster(cluster: Cluster, password: string): Promise<void> {
  const { directory, data, user, binaries } = cluster;
  removeUnfinished(directory);
  const unfinished = join(directory, UNFINISHED_PREFIX + randomUUID());
  const passwordFile = `${unfinished}.password`;
  writeForUser(passwordFile, password, user);
  try {
    await runInitdb(binaries.initdb, [`--pgdata=${unfinished}`, `--pwfile=${passwordFile}`, ...FLAGS], user);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, data);
  syncDirectory(directory);
}

/** @throws when another major version of PostgreSQL wrote these files. */
export function assertSameMajor({ data, binaries }: Cluster): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  const [expected] = binaries.version.split('.');
  if (found === expected) return;
  throw new Error(
    `The embedded database in ${data} was made by PostgreSQL ${found}; this gateway brings PostgreSQL ${expected}, which ` +
      'cannot read it. Start the gateway that made it and dump it with pg_dump, or set DATABASE_URL to a server that has its data.',
  );
}

async function runInitdb(initdb: string, args: string[], user: DatabaseUser | null): Promise<void> {
  try {
    await promisify(execFile)(initdb, args, { ...user, cwd: '/', env: { LC_ALL: 'C' } });
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr?.trim() ?? '';
    throw new Error(`The embedded database could not be made: ${output || String(cause)}`, { cause });
  }
}

/** The maker of one may still be running; it fails once its folder is gone, and may write while it is being removed. */
function removeUnfinished(directory: string): void {
  const names = readdirSync(directory).filter((name) => name.startsWith(UNFINISHED_PREFIX));
  for (const name of names) rmSync(join(directory, name), { recursive: true, force: true, ...RETRIES });
}

function writeForUser(path: string, text: string, user: DatabaseUser | null): void {
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  if (user !== null) chownSync(path, user.uid, user.gid);
}
