import { setTimeout as sleep } from 'node:timers/promises';
import { isPostmasterOf, signalPostmaster } from './postmaster-process.js';

const POLL_MS = 20;

/** Fast shutdown (sessions end, everything is written), then without writing, then the kernel's way; each is safe for the data. */
const STEPS = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** Resolves once the server of this data directory has ended. @throws when it cannot be stopped. */
export async function stopPostmaster(data: string, pid: number): Promise<void> {
  for (const { signal, waitMs } of STEPS) {
    signalPostmaster(data, pid, signal);
    // One that somebody suspended would not hear it.
    signalPostmaster(data, pid, 'SIGCONT');
    const endMs = performance.now() + waitMs;
    while (isPostmasterOf(data, pid)) {
      if (performance.now() > endMs) break;
      await sleep(POLL_MS);
    }
    if (!isPostmasterOf(data, pid)) return;
  }
  throw new Error(`The PostgreSQL server of ${data} (process ${pid}) does not end`);
}
