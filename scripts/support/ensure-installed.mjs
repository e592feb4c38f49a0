import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, delimiter } from 'node:path';
import { Failure, say } from './failure.mjs';
import { findNode } from './find-node.mjs';
import { fromRoot } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { withSetupLock } from './with-setup-lock.mjs';

const LOCK = fromRoot('package-lock.json');
const STAMP = fromRoot('node_modules', '.tokenpak-stamp');
/** What npm itself notes once an installation is complete. */
const NPM_RECORD = fromRoot('node_modules', '.package-lock.json');

/**
 * The user's npm settings stay in force (registry, proxy, cache), except those under which the gateway could not start:
 * the build needs the development packages, PostgreSQL is an optional package, and Node 24 comes by an install script.
 */
const INSTALL_ARGS = [
  'ci',
  '--include=dev',
  '--include=optional',
  '--ignore-scripts=false',
  '--dry-run=false',
  '--global=false',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];

/** Installs the packages of package-lock.json unless they are there. @throws Failure with what to do. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  await withSetupLock(async () => {
    if (!isInstalled()) await install();
  });
}

function isInstalled() {
  const wanted = hashLock();
  if (existsSync(STAMP)) return readFileSync(STAMP, 'utf8') === wanted && findNode() !== null;
  if (!isInstalledByHand() || findNode() === null) return false;
  writeFileSync(STAMP, wanted);
  return true;
}

/** Somebody ran npm without us; npm's record then names every package and version that the lock asks for. */
function isInstalledByHand() {
  if (!existsSync(NPM_RECORD)) return false;
  const wanted = JSON.parse(readFileSync(LOCK, 'utf8')).packages;
  const present = JSON.parse(readFileSync(NPM_RECORD, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional === true || present[path]?.version === version,
  );
}

async function install() {
  say('Installing packages (npm ci); this happens once and takes a minute or two.');
  const { command, args, env, shell } = findNpm();
  const code = await runCommand(command, [...args, ...INSTALL_ARGS], { env, shell, stdout: 2 });
  if (code !== 0) {
    throw new Failure(
      `npm ci failed with code ${code}; its message stands above. Check that the npm registry can be reached ` +
        '(`npm ping`; proxies: `npm config get proxy`), that the disk has 1 GB free, then run the same command again.',
    );
  }
  if (findNode() === null) {
    throw new Failure(
      'npm ci finished, but Node 24 (the `node` package) is missing: its install script did not run. ' +
        'Run `npm rebuild node --ignore-scripts=false`, then the same command again.',
    );
  }
  writeFileSync(STAMP, hashLock());
}

function hashLock() {
  return createHash('sha256').update(readFileSync(LOCK)).digest('hex');
}

/** The npm that called us where it was npm, run by the system's Node: the one in node_modules is about to be removed. */
function findNpm() {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(fromRoot('node_modules')));
  const env = { ...process.env, PATH: folders.join(delimiter), NODE_ENV: 'development' };
  const caller = process.env.npm_execpath;
  if (caller && basename(caller) === 'npm-cli.js' && existsSync(caller)) {
    return { command: 'node', args: [caller], env, shell: false };
  }
  return { command: 'npm', args: [], env, shell: process.platform === 'win32' };
}
