import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** A server that tests started. It also ends when this process dies, however it dies. */
export interface RunningService {
  url: string;
  /** The server's own process, for tests that freeze or kill it. */
  pid: number;
  stop: () => Promise<void>;
}

export interface ServiceCommand {
  command: string;
  args: string[];
  /** Signal that ends it quickly and cleanly. */
  stopSignal: 'INT' | 'TERM';
  uid?: number;
  gid?: number;
  env?: NodeJS.ProcessEnv;
  /** Its data, owned by whom it runs as; removed when it has ended. */
  directory: string;
  /** What the server writes once it accepts connections. */
  readyText: string;
}

export interface SpawnedService {
  pid: number;
  stop: () => Promise<void>;
}

/**
 * The shell holds a pipe (3) from this process: when it closes, because `stop` was called or this process was killed,
 * the server gets its signal, and its data is removed once it has ended. Prints the server's pid first.
 */
const SUPERVISOR = `signal=$1 directory=$2; shift 2
"$@" 3<&- & server=$!
echo "pid $server"
(cat <&3 >/dev/null 2>&1; kill -s "$signal" $server 2>/dev/null) >/dev/null 2>&1 &
exec 3<&-
wait $server; code=$?
rm -rf "$directory"
exit $code`;

const START_DEADLINE_MS = 60_000;

/** Resolves once the server is ready. @throws with the server's output when it ends or stays silent instead. */
export async function spawnService(service: ServiceCommand): Promise<SpawnedService> {
  const { command, args, directory, stopSignal, uid, gid, env } = service;
  const supervisor = spawn('/bin/sh', ['-c', SUPERVISOR, 'sh', stopSignal, directory, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    cwd: '/',
    ...(uid === undefined ? {} : { uid, gid }),
    ...(env === undefined ? {} : { env }),
  });
  const exited = once(supervisor, 'exit');
  const leash = supervisor.stdio[3] as Writable;
  // The server may be gone first; closing the leash is then all that is left to do.
  leash.on('error', () => undefined);
  const stop = async (): Promise<void> => {
    // Nothing else may hold the event loop by now; were it to run dry, the run would end here, with code 0.
    supervisor.ref();
    leash.destroy();
    await exited;
  };
  try {
    const pid = await waitUntilReady(supervisor, service);
    supervisor.unref();
    return { pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function waitUntilReady(supervisor: ChildProcess, { command, readyText }: ServiceCommand): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const deadline = setTimeout(
      () => reject(new Error(`${command} was not ready in time:\n${output}`)),
      START_DEADLINE_MS,
    );
    const read = (chunk: Buffer): void => {
      if (output.length > 100_000) return;
      output += chunk.toString();
      const pid = /^pid (\d+)$/m.exec(output)?.[1];
      if (pid === undefined || !output.includes(readyText)) return;
      clearTimeout(deadline);
      resolve(Number(pid));
    };
    for (const stream of [supervisor.stdout, supervisor.stderr]) stream?.on('data', read);
    supervisor.once('error', reject);
    supervisor.once('exit', (code) => {
      clearTimeout(deadline);
      reject(new Error(`${command} ended with code ${String(code)}:\n${output}`));
    });
  });
}
