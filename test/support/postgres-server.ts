import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  canEnter,
  findDatabaseUser,
  type DatabaseUser,
} from '../../src/storage/database/embedded/database-user.ts';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';
import {
  findPostgresBinaries,
  locatePostgresBinaries,
  type PostgresBinaries,
} from '../../src/storage/database/embedded/find-postgres-binaries.ts';
import { findReachableBinaries } from '../../src/storage/database/embedded/find-reachable-binaries.ts';
import { spawnService, type RunningService } from './test-services.ts';

const START_ATTEMPTS = 5;

/** Nothing here has to survive a crash, so nothing waits for the disk. */
const FAST_SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'shared_buffers=64MB',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
];

/** A new, empty PostgreSQL on a random port; its superuser needs no password, and its data is removed when it ends. */
export async function startPostgres(): Promise<RunningService> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnPort(await findFreePort());
    } catch (error) {
      // Somebody else may have taken the port in between.
      if (attempt === START_ATTEMPTS || !String(error).includes('could not bind')) throw error;
    }
  }
}

async function startOnPort(port: number): Promise<RunningService> {
  const user = findDatabaseUser();
  const directory = createReadableDirectory(user);
  const data = join(directory, 'data');
  const { root, version } = findPostgresBinaries();
  const canExecute = (path: string): boolean => canEnter(user, path);
  const binaries = locatePostgresBinaries(
    findReachableBinaries({ root, version, directory, canExecute }),
    version,
  );
  initialise(binaries, data, user);
  const { pid, stop } = await spawnService({
    command: binaries.postgres,
    args: ['-D', data, '-p', String(port), ...FAST_SETTINGS.flatMap((setting) => ['-c', setting])],
    directory,
    stopSignal: 'INT',
    readyText: 'ready to accept connections',
    env: { ...process.env, LC_ALL: 'C' },
    ...user,
  });
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, pid, stop };
}

/** TMPDIR may lie under a home that the database's user cannot enter. */
function createReadableDirectory(user: DatabaseUser | null): string {
  const parent = [tmpdir(), '/var/tmp', '/tmp'].find((candidate) => canEnter(user, candidate));
  if (parent === undefined)
    throw new Error('No temporary directory that the database user can enter; set TMPDIR');
  const directory = mkdtempSync(join(parent, 'tokenpak-test-postgres-'));
  if (user) chownSync(directory, user.uid, user.gid);
  return directory;
}

function initialise(binaries: PostgresBinaries, data: string, user: DatabaseUser | null): void {
  const flags = [
    '--auth=trust',
    '--username=postgres',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  execFileSync(binaries.initdb, [`--pgdata=${data}`, ...flags], {
    ...user,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
