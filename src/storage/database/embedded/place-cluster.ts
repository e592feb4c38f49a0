import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { canEnter, type DatabaseUser, findDatabaseUser } from './database-user.js';

export interface ClusterPlace {
  /** Exists, belongs to the database's user, is closed to others. */
  directory: string;
  user: DatabaseUser | null;
}

/** Where root's database goes when its user cannot enter DATA_DIR; what survives a reboot first. */
const PARENTS_OUTSIDE = ['/var/lib', '/var/tmp'];
const DIRECTORY_NAME = 'postgres';
const HASH_DIGITS = 12;

/**
 * Chooses and makes the folder of a new database: `DATA_DIR/postgres`, or, when the gateway is root's and the database's user
 * cannot enter that, one named after DATA_DIR in a folder for system data.
 * @throws when no place works.
 */
export function placeCluster(dataDir: string, outside = PARENTS_OUTSIDE): ClusterPlace {
  const user = findDatabaseUser();
  const inside = join(dataDir, DIRECTORY_NAME);
  const name = `tokenpak-${createHash('sha256').update(dataDir).digest('hex').slice(0, HASH_DIGITS)}`;
  const candidates = user === null ? [inside] : [inside, ...outside.map((parent) => join(parent, name))];
  const directory = candidates.find((candidate) => makeDirectory(candidate, user));
  if (directory !== undefined) return { directory, user };
  throw new Error(
    `The embedded database has no place: none of ${candidates.join(', ')} can be made and entered by its user. ` +
      'Set DATA_DIR to a folder that other users can enter, or DATABASE_URL to a PostgreSQL server.',
  );
}

/** The place of a database that exists. It runs as whom its files belong to, also when the gateway is started by root later. */
export function findClusterPlace(directory: string): ClusterPlace {
  if (process.getuid?.() !== 0) return { directory, user: null };
  const { uid, gid } = lstatSync(directory);
  const user = uid === 0 ? findDatabaseUser() : { uid, gid };
  if (canEnter(user, directory)) return { directory, user };
  throw new Error(
    `The embedded database lies in ${directory}, which its user (${user?.uid}) cannot enter any more: check the rights of ` +
      'the folders above it.',
  );
}

function makeDirectory(path: string, user: DatabaseUser | null): boolean {
  const isNew = tryMake(path, user);
  if (isNew === null) return false;
  if (canEnter(user, path)) return true;
  if (isNew) rmdirSync(path);
  return false;
}

/** Whether it was made; null when it cannot be. One that exists must be the user's own: others may write to its parent. */
function tryMake(path: string, user: DatabaseUser | null): boolean | null {
  try {
    mkdirSync(path, { mode: 0o700 });
    if (user !== null) chownSync(path, user.uid, user.gid);
    return true;
  } catch {
    // Exists already, or the file system refuses: what counts is what is there now.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const owner = user?.uid ?? process.getuid?.();
    return stats?.isDirectory() === true && (owner === undefined || stats.uid === owner) ? false : null;
  }
}
