import fs from 'node:fs';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';

const LOCK_FILE = 'lock';
/** A directory that is being made; its maker renames it once it holds the lock. */
const UNFINISHED_PREFIX = '.';

/**
 * A journal directory that only this process may touch. The lock belongs to an open file, so the kernel frees it the
 * moment its process dies, however it dies; a directory without a lock is a dead process's.
 */
export class LockedDirectory {
  readonly path: string;
  /** Null once it was let go: its number may be somebody else's file by then. */
  private fd: number | null;

  constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  unlock(): void {
    const { fd } = this;
    this.fd = null;
    if (fd !== null) fs.closeSync(fd);
  }

  /**
   * The lock goes last but one, so that whoever waits for the directory never sees half of it. The directory is let go even
   * if it stays. @throws what the file system throws.
   */
  remove(): void {
    try {
      for (const name of fs.readdirSync(this.path))
        if (name !== LOCK_FILE) fs.unlinkSync(join(this.path, name));
      fs.rmSync(this.path, { recursive: true, force: true });
    } catch (error) {
      // Somebody who wants to adopt it has just made a new lock file in it, and will remove the empty directory instead.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    } finally {
      this.unlock();
    }
  }
}

/** Makes `<root>/<name>`, locked before others can see it. @throws when the file system refuses. */
export function createLockedDirectory(root: string, name: string): LockedDirectory {
  fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  const unfinished = join(root, UNFINISHED_PREFIX + name);
  fs.mkdirSync(unfinished, { mode: 0o700 });
  const fd = fs.openSync(join(unfinished, LOCK_FILE), 'a+', 0o600);
  if (!tryLock(fd)) throw new Error(`The new journal directory ${unfinished} is locked by somebody else`);
  fs.renameSync(unfinished, join(root, name));
  syncDirectory(root);
  return new LockedDirectory(join(root, name), fd);
}

/** Brings a new name to the disk; without it a power cut could take the directory with all that is in it. */
function syncDirectory(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Told of a directory that cannot even be locked, such as one of another user. */
export type OnInaccessible = (path: string, cause: unknown) => void;

/** Locks every directory under `root` that nobody holds. One that is out of reach does not keep the others from it. */
export function adoptDirectories(root: string, onInaccessible: OnInaccessible): LockedDirectory[] {
  const entries = fs.readdirSync(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(UNFINISHED_PREFIX));
  return names
    .map(({ name }) => tryAdopt(join(root, name), onInaccessible))
    .filter((directory) => directory !== null);
}

function tryAdopt(path: string, onInaccessible: OnInaccessible): LockedDirectory | null {
  const fd = tryOpenLock(path, onInaccessible);
  if (fd === null) return null;
  // A file without links: another adopter finished and removed the directory between our open and our lock.
  if (tryLock(fd) && fs.fstatSync(fd).nlink > 0) return new LockedDirectory(path, fd);
  fs.closeSync(fd);
  return null;
}

/** Null where its maker or another adopter has just removed it, too. */
function tryOpenLock(path: string, onInaccessible: OnInaccessible): number | null {
  try {
    return fs.openSync(join(path, LOCK_FILE), 'a+', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onInaccessible(path, error);
    return null;
  }
}
