import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import { readPostmasterNote } from './postmaster-process.js';
import { renderPostmasterArguments } from './render-postmaster-arguments.js';
import { stopPostmaster } from './stop-postmaster.js';

/** After a crash it first replays its log, which a busy disk makes slow. */
const READY_DEADLINE_MS = 300_000;
const POLL_MS = 10;
const MAX_LOG_BYTES = 4 * 1024 * 1024;
const SHOWN_LOG_CHARACTERS = 2_000;

/** The server ended instead of becoming ready. */
export class PostmasterError extends Error {
  constructor(
    message: string,
    /** Somebody took the port in between, or the last server's processes are only just ending. */
    readonly isPassing: boolean,
  ) {
    super(message);
    this.name = 'PostmasterError';
  }
}

const PASSING =
  /could not bind|could not create any TCP\/IP sockets|lock file .* already exists|pre-existing shared memory/;

/**
 * Starts the server and waits until it accepts connections. It runs in a session of its own and writes to a file: neither a
 * Ctrl-C meant for the gateway nor the gateway's death ends it.
 * @returns its process id. @throws PostmasterError with what the server said.
 */
export async function runPostmaster(cluster: Cluster, port: number): Promise<number> {
  const log = openLog(cluster.logFile);
  const startByte = fstatSync(log).size;
  const child = spawn(cluster.binaries.postgres, renderPostmasterArguments(cluster.data, port), {
    ...cluster.user,
    cwd: '/',
    // Not the gateway's environment: it holds secrets that the database's user must not see.
    env: { LC_ALL: 'C' },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  await once(child, 'spawn');
  const pid = await waitUntilReady(child, cluster.data);
  if (pid !== null) return pid;
  const output = readFileSync(cluster.logFile).subarray(startByte).toString().trim();
  throw new PostmasterError(
    `The embedded database did not start (its log: ${cluster.logFile}):\n${output.slice(-SHOWN_LOG_CHARACTERS)}`,
    PASSING.test(output),
  );
}

/** Null when it ended. */
async function waitUntilReady(child: ChildProcess, data: string): Promise<number | null> {
  const endMs = performance.now() + READY_DEADLINE_MS;
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const note = readPostmasterNote(data);
    if (note?.isReady === true && note.pid === child.pid) return child.pid;
    if (performance.now() > endMs) await stopPostmaster(data, child.pid);
    await sleep(POLL_MS);
  }
  return null;
}

function openLog(path: string): number {
  const log = openSync(path, 'a', 0o600);
  if (fstatSync(log).size > MAX_LOG_BYTES) ftruncateSync(log);
  return log;
}
