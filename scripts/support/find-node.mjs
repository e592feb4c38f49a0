import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromRoot } from './paths.mjs';

const BINARY = process.platform === 'win32' ? 'node.exe' : 'node';
const MAJOR = 24;

/** The Node that the gateway runs on: the `node` package's, wherever npm put it, else this one if it is new enough. */
export function findNode() {
  const folders = [fromRoot('node_modules', 'node'), ...listPlatformPackages()];
  const installed = folders.map((folder) => join(folder, 'bin', BINARY)).find((path) => existsSync(path));
  if (installed) return installed;
  const isRunningNodeInstalled = existsSync(process.execPath);
  return isRunningNodeInstalled && Number(process.versions.node.split('.')[0]) >= MAJOR
    ? process.execPath
    : null;
}

/** The `node` package keeps its binary in a package per platform, which npm nests or hoists. */
function* listPlatformPackages() {
  for (const parent of [fromRoot('node_modules', 'node', 'node_modules'), fromRoot('node_modules')]) {
    const name = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
    for (const prefix of ['node', 'node-bin']) yield join(parent, `${prefix}-${name}`);
  }
}
