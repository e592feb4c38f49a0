import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface BinariesToReach {
  /** Of `PostgresBinaries`. */
  root: string;
  version: string;
  /** Where a copy may go; the database's user can enter it. */
  directory: string;
  /** Whether the database's user can execute a program. */
  canExecute: (path: string) => boolean;
}

const COPY_PREFIX = 'postgresql-';

/**
 * The root of binaries that the database's user can execute: a checkout under a private home keeps them from it, a copy does
 * not. The copy (60 MB) is made once and replaced when the version changes.
 */
export function findReachableBinaries({ root, version, directory, canExecute }: BinariesToReach): string {
  if (canExecute(join(root, 'bin', 'postgres'))) return root;
  const copy = join(directory, COPY_PREFIX + version);
  if (!existsSync(copy)) {
    removeCopies(directory);
    copyAtOnce(root, copy);
  }
  return copy;
}

function removeCopies(directory: string): void {
  const copies = readdirSync(directory).filter((name) => name.startsWith(COPY_PREFIX));
  for (const name of copies) rmSync(join(directory, name), { recursive: true, force: true });
}

/** Its name tells that it is complete. */
function copyAtOnce(from: string, to: string): void {
  const unfinished = `${to}.unfinished`;
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  renameSync(unfinished, to);
}
