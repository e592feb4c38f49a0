import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './failure.mjs';
import { fromRoot } from './paths.mjs';

/** In `dist`, which git ignores and no build removes as a whole. */
const LOCK_FILE = fromRoot('dist', '.setup-lock');
const HEARTBEAT_MS = 2_000;
/** A holder that shows no life for this long was killed. Not decided by process id: it may be another container's. */
const DEAD_AFTER_MS = 15_000;
const POLL_MS = 200;
const SETTLE_MS = 300;

/**
 * Installs and builds happen once, however many commands start at the same time: the others wait, then find them done.
 * The holder touches the lock file every two seconds. A dead holder's lock is replaced; when several replace it at the
 * same moment the last one has it, which each sees by its own mark a moment later.
 */
export async function withSetupLock(work) {
  const mark = randomUUID();
  await acquire(mark);
  const heartbeat = setInterval(() => touch(mark), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (readMark() === mark) rmSync(LOCK_FILE, { force: true });
  }
}

async function acquire(mark) {
  mkdirSync(dirname(LOCK_FILE), { recursive: true });
  for (let isFirst = true; ; isFirst = false) {
    if (tryCreate(mark)) return;
    if (isHolderDead() && (await takeOver(mark))) return;
    if (isFirst) say('Another command is installing or building in this checkout; waiting for it.');
    await sleep(POLL_MS);
  }
}

function tryCreate(mark) {
  try {
    writeFileSync(LOCK_FILE, mark, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function takeOver(mark) {
  const own = `${LOCK_FILE}-${mark}`;
  writeFileSync(own, mark);
  renameSync(own, LOCK_FILE);
  await sleep(SETTLE_MS);
  return readMark() === mark;
}

function isHolderDead() {
  const stats = statSync(LOCK_FILE, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > DEAD_AFTER_MS;
}

function touch(mark) {
  const now = new Date();
  if (readMark() === mark) utimesSync(LOCK_FILE, now, now);
}

function readMark() {
  try {
    return readFileSync(LOCK_FILE, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
