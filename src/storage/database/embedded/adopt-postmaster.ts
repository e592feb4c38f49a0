import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Cluster, renderDatabaseUrl } from './cluster.js';
import {
  isPostmasterOf,
  locatePostmasterNote,
  type PostmasterNote,
  readCommandLine,
  readPostmasterNote,
} from './postmaster-process.js';
import { probeServer } from './probe-server.js';
import { renderPostmasterArguments } from './render-postmaster-arguments.js';
import { stopPostmaster } from './stop-postmaster.js';

export interface RunningPostmaster {
  pid: number;
  port: number;
}

/**
 * The server that a killed gateway left running, when it is this database's, runs with our settings and answers. One that
 * cannot be used is stopped. Null: none runs now.
 */
export async function adoptPostmaster(cluster: Cluster, password: string): Promise<RunningPostmaster | null> {
  const note = readPostmasterNote(cluster.data);
  if (note === null) return null;
  if (!isPostmasterOf(cluster.data, note.pid)) {
    markAsEnded(cluster);
    return null;
  }
  const port = findUsablePort(cluster, note);
  if (port !== null && (await probeServer(renderDatabaseUrl(port, password))) === 'ok')
    return { pid: note.pid, port };
  await stopPostmaster(cluster.data, note.pid);
  return null;
}

/** Null while it starts or ends, and when another gateway's settings or binaries started it. */
function findUsablePort({ binaries, data }: Cluster, { pid, port, isReady }: PostmasterNote): number | null {
  if (!isReady || port === null) return null;
  const commandLine = [binaries.postgres, ...renderPostmasterArguments(data, port)].join(' ');
  return readCommandLine(pid) === commandLine ? port : null;
}

/**
 * The process id in the note may be another program's by now, and PostgreSQL would refuse to start beside it. The id of its
 * parent it takes for a dead server's, and, unlike after removing the note, still looks for processes of that server.
 */
function markAsEnded({ data, user }: Cluster): void {
  const path = locatePostmasterNote(data);
  const [, ...rest] = readFileSync(path, 'utf8').split('\n');
  // With the database user's rights, since the folder is that user's.
  spawnSync('/bin/sh', ['-c', 'umask 077; cat > "$0.new" && mv -f "$0.new" "$0"', path], {
    ...user,
    cwd: '/',
    input: [process.pid, ...rest].join('\n'),
  });
}
