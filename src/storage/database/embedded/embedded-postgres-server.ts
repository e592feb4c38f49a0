import { setTimeout as sleep } from 'node:timers/promises';
import { adoptPostmaster, type RunningPostmaster } from './adopt-postmaster.js';
import { type Cluster, renderDatabaseUrl } from './cluster.js';
import { locateClusterRecord } from './cluster-record.js';
import { findFreePort } from './find-free-port.js';
import { openCluster, type OpenedCluster } from './open-cluster.js';
import { signalPostmaster } from './postmaster-process.js';
import { PostmasterWatch } from './postmaster-watch.js';
import { probeServer } from './probe-server.js';
import { PostmasterError, runPostmaster } from './run-postmaster.js';
import { stopPostmaster } from './stop-postmaster.js';

const START_ATTEMPTS = 5;
const PAUSE_MS = 300;

export interface EmbeddedPostgresOptions {
  /** Absolute, exists, and only this process uses it. */
  dataDir: string;
  /** Something that the person at the terminal should know. */
  onNotice: (text: string) => void;
}

export interface EmbeddedPostgres {
  databaseUrl: string;
  /** Of the server's first process; changes when it had to be started again. */
  readonly pid: number;
  /** It was running already, left by a gateway that was killed. */
  wasAdopted: boolean;
  stop: () => Promise<void>;
  /** For a process that exits at once: tells the server to end and does not wait for it. */
  abandon: () => void;
}

/**
 * The gateway's own PostgreSQL: under `DATA_DIR/postgres`, on a random port of 127.0.0.1, with a generated password.
 *
 * 1. Folder and password of an earlier start are read, or chosen; the database is made where there is none. 2. A server that
 * a killed gateway left is adopted, or stopped when it cannot be used. 3. Otherwise a server is started, and started again
 * when it ends by itself.
 *
 * @throws with a reason that a person can act on.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const opened = await openCluster(options.dataDir, options.onNotice);
  const { cluster, password } = opened;
  const { running, wasAdopted } = await adoptOrStart(opened);
  const databaseUrl = renderDatabaseUrl(running.port, password);
  if (!wasAdopted) await assertAnswers(cluster, running, { databaseUrl, dataDir: options.dataDir });
  const watch = new PostmasterWatch(cluster, running, options.onNotice);
  watch.start();
  return {
    databaseUrl,
    get pid() {
      return running.pid;
    },
    wasAdopted,
    stop: async () => {
      await watch.stop();
      await stopPostmaster(cluster.data, running.pid);
    },
    abandon: () => signalPostmaster(cluster.data, running.pid, 'SIGINT'),
  };
}

async function adoptOrStart({
  cluster,
  password,
}: OpenedCluster): Promise<{ running: RunningPostmaster; wasAdopted: boolean }> {
  for (let attempt = 1; ; attempt += 1) {
    const adopted = await adoptPostmaster(cluster, password);
    if (adopted !== null) return { running: adopted, wasAdopted: true };
    try {
      const port = await findFreePort();
      return { running: { pid: await runPostmaster(cluster, port), port }, wasAdopted: false };
    } catch (error) {
      const isPassing = error instanceof PostmasterError && error.isPassing;
      if (!isPassing || attempt === START_ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function assertAnswers(
  cluster: Cluster,
  { pid }: RunningPostmaster,
  { databaseUrl, dataDir }: { databaseUrl: string; dataDir: string },
): Promise<void> {
  const answer = await probeServer(databaseUrl);
  if (answer === 'ok') return;
  await stopPostmaster(cluster.data, pid);
  throw new Error(
    answer === 'wrong-password'
      ? `The password in ${locateClusterRecord(dataDir)} does not open the embedded database in ${cluster.data}: the file ` +
          'belongs to another database. Restore both from the same backup.'
      : `The embedded database runs but does not answer; its log: ${cluster.logFile}`,
  );
}
