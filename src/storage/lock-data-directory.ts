import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from 'fs-native-extensions';

const LOCK_FILE = 'gateway.lock';
/** Root's database runs as another user, who passes through here to its own folder; every file here is closed by its own rights. */
const DIRECTORY_MODE = 0o711;
/** A gateway that was told to stop may be on its last moments while the next one starts. */
const PATIENCE_MS = 3_000;
const POLL_MS = 50;

/** Another gateway keeps it; the message says which. */
export class DataDirectoryInUseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DataDirectoryInUseError';
  }
}

export interface LockedDataDirectory {
  /** Absolute, without symbolic links, so that it is spelled the same at every start. */
  path: string;
  unlock: () => void;
}

/**
 * Makes DATA_DIR where it is missing and takes it for this process. The lock belongs to an open file: it ends with the
 * process, however that ends, and the programs that it starts do not inherit it.
 * @throws DataDirectoryInUseError when another gateway keeps it, with its process id; an error when the folder cannot be
 * written.
 */
export async function lockDataDirectory(
  dataDir: string,
  patienceMs = PATIENCE_MS,
): Promise<LockedDataDirectory> {
  const { path, lockPath, file } = openLockFile(dataDir);
  const endMs = performance.now() + patienceMs;
  while (!tryLock(file)) {
    if (performance.now() > endMs) {
      closeSync(file);
      throw new DataDirectoryInUseError(describeHolder(path, lockPath));
    }
    await sleep(POLL_MS);
  }
  ftruncateSync(file);
  writeSync(file, `${process.pid}\n`);
  return { path, unlock: () => closeSync(file) };
}

function openLockFile(dataDir: string): { path: string; lockPath: string; file: number } {
  try {
    const isNew = mkdirSync(dataDir, { recursive: true, mode: DIRECTORY_MODE }) !== undefined;
    if (isNew) chmodSync(dataDir, DIRECTORY_MODE);
    const path = realpathSync(dataDir);
    const lockPath = join(path, LOCK_FILE);
    return { path, lockPath, file: openSync(lockPath, 'a+', 0o600) };
  } catch (cause) {
    throw new Error(`DATA_DIR ${dataDir} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function describeHolder(path: string, lockPath: string): string {
  const pid = readFileSync(lockPath, 'utf8').trim();
  const holder = pid === '' ? 'Another gateway' : `Another gateway (process ${pid})`;
  return `${holder} uses DATA_DIR ${path}. Stop it, or give this one a DATA_DIR and a PORT of its own.`;
}
