import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Failure, say } from './failure.mjs';
import { findNode } from './find-node.mjs';
import { fromRoot, ROOT } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { withSetupLock } from './with-setup-lock.mjs';

const STAMP = fromRoot('dist', '.build-stamp');
const OUTPUTS = [fromRoot('dist', 'src'), fromRoot('dist', 'migrations'), fromRoot('dist', '.tsbuildinfo')];
const SOURCES = [
  'src',
  'migrations',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package-lock.json',
];

/**
 * Builds `dist` unless it was built from exactly these sources. The stamp holds two fingerprints: sizes and times, which
 * are read in milliseconds, and contents, which decide when those differ (a fresh checkout of the same commit).
 */
export async function ensureBuilt() {
  if (isBuilt()) return;
  await withSetupLock(async () => {
    if (!isBuilt()) await build();
  });
}

function isBuilt() {
  const stamp = readStamp();
  if (stamp === null || !existsSync(fromRoot('dist', 'src', 'main.js'))) return false;
  const files = listSources();
  const seen = fingerprintStats(files);
  if (stamp.seen === seen) return true;
  if (stamp.contents !== fingerprintContents(files)) return false;
  writeStamp({ ...stamp, seen });
  return true;
}

async function build() {
  const files = listSources();
  const names = fingerprintNames(files);
  const stamp = { seen: fingerprintStats(files), contents: fingerprintContents(files), names };
  // The compiler never removes what it wrote for a source that is gone.
  if (readStamp()?.names !== names)
    for (const output of OUTPUTS) rmSync(output, { recursive: true, force: true });
  rmSync(STAMP, { force: true });
  say('Building; this happens once for each change of the sources.');
  const code = await runCommand(
    findNode(),
    [fromRoot('node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build'],
    {
      stdout: 2,
    },
  );
  if (code !== 0)
    throw new Failure(`The build failed with code ${code}; the compiler's messages stand above.`);
  writeStamp(stamp);
}

/** Path, size and time of every file that the build reads. Specs are not part of it. */
function listSources() {
  return SOURCES.flatMap((name) => listFiles(fromRoot(name))).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function listFiles(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return [{ path, size: stats.size, mtimeMs: stats.mtimeMs }];
  return readdirSync(path)
    .filter((name) => !name.endsWith('.spec.ts'))
    .flatMap((name) => listFiles(join(path, name)));
}

const digest = (parts) => createHash('sha256').update(parts.join('\n')).digest('hex');
const fingerprintNames = (files) => digest(files.map(({ path }) => relative(ROOT, path)));
const fingerprintStats = (files) =>
  digest(files.map(({ path, size, mtimeMs }) => `${relative(ROOT, path)} ${size} ${mtimeMs}`));
const fingerprintContents = (files) =>
  digest(files.map(({ path }) => `${relative(ROOT, path)} ${digest([readFileSync(path, 'latin1')])}`));

function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    // Missing or unreadable: not built as far as we know.
    return null;
  }
}

function writeStamp(stamp) {
  writeFileSync(STAMP, JSON.stringify(stamp));
}
