import type { Server } from 'node:http';
import type { DrainState } from './drain-state.js';

export interface ShutdownOptions {
  drainDelaySeconds: number;
  shutdownGraceSeconds: number;
}

/** How often idle sockets are closed: a client may park a fresh one right after the last sweep. */
const SWEEP_INTERVAL_MS = 100;

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/**
 * Leaves without failing anybody: readiness 503 and `connection: close` at once, serving on for the drain delay so that
 * load balancers notice, then no new connections, idle ones closed again and again, and the running answers finished
 * within the grace. What still runs after that is cut; the ledger books it as such.
 */
export async function drainServers(
  servers: readonly Server[],
  drain: DrainState,
  options: ShutdownOptions,
): Promise<{ wereCut: boolean }> {
  drain.isDraining = true;
  await sleep(options.drainDelaySeconds * 1_000);
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const sweep = setInterval(
    () => servers.forEach((server) => server.closeIdleConnections()),
    SWEEP_INTERVAL_MS,
  );
  servers.forEach((server) => server.closeIdleConnections());
  const grace = sleep(options.shutdownGraceSeconds * 1_000).then(() => 'late' as const);
  const wereCut = (await Promise.race([closed, grace])) === 'late';
  if (wereCut) servers.forEach((server) => server.closeAllConnections());
  await closed;
  clearInterval(sweep);
  return { wereCut };
}
