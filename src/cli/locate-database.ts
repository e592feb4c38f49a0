import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFirstUse } from '../config/first-use.js';
import { completeConfig, type GatewayConfig, type LoadedConfig } from '../config/gateway-config.js';
import type { Teardown } from '../start/teardown.js';
import { startEmbeddedPostgres } from '../storage/database/embedded/embedded-postgres-server.js';
import { findRunningServer } from '../storage/database/embedded/find-running-server.js';
import { DataDirectoryInUseError, lockDataDirectory } from '../storage/lock-data-directory.js';

/** A gateway that has just taken DATA_DIR needs a moment to start its database. */
const START_PATIENCE_MS = 30_000;
const POLL_MS = 100;

export interface LocatedDatabase {
  config: GatewayConfig;
  databaseUrl: string;
}

interface Surroundings {
  teardown: Teardown;
  onNotice: (text: string) => void;
}

/**
 * Server mode: DATABASE_URL. Embedded mode: the database of the gateway that runs on DATA_DIR; where none runs, DATA_DIR is
 * taken and its database started until the command is done.
 * @throws with a reason that a person can act on.
 */
export async function locateDatabase(
  loaded: LoadedConfig,
  surroundings: Surroundings,
): Promise<LocatedDatabase> {
  const { databaseUrl, adminToken } = loaded;
  if (databaseUrl !== null && adminToken !== null) {
    return { config: Object.freeze({ ...loaded, adminToken }), databaseUrl };
  }
  try {
    return await startOwn(loaded, surroundings);
  } catch (error) {
    if (!(error instanceof DataDirectoryInUseError)) throw error;
    return joinRunning(loaded, error);
  }
}

async function startOwn(
  loaded: LoadedConfig,
  { teardown, onNotice }: Surroundings,
): Promise<LocatedDatabase> {
  const dataDir = await lockDataDirectory(loaded.dataDir, 0);
  teardown.add(() => dataDir.unlock());
  const firstUse = loadFirstUse(dataDir.path);
  const server = await startEmbeddedPostgres({ dataDir: dataDir.path, onNotice });
  process.once('exit', server.abandon);
  teardown.add(async () => {
    await server.stop();
    process.off('exit', server.abandon);
  });
  const config = completeConfig({ ...loaded, dataDir: dataDir.path }, firstUse);
  return { config, databaseUrl: server.databaseUrl };
}

async function joinRunning(loaded: LoadedConfig, cause: DataDirectoryInUseError): Promise<LocatedDatabase> {
  const dataDir = realpathSync(loaded.dataDir);
  const endMs = performance.now() + START_PATIENCE_MS;
  for (;;) {
    const databaseUrl = await findRunningServer(dataDir);
    // Its secrets were made before its database was started.
    if (databaseUrl !== null) {
      return { config: completeConfig({ ...loaded, dataDir }, loadFirstUse(dataDir)), databaseUrl };
    }
    if (performance.now() > endMs) {
      throw new Error('A gateway runs, but its embedded database does not answer', { cause });
    }
    await sleep(POLL_MS);
  }
}
