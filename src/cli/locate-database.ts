import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFirstUse } from '../config/first-use.js';
import { completeConfig, type GatewayConfig, type LoadedConfig } from '../config/gateway-config.js';
import { type EmbeddedContext, openEmbedded } from '../start/open-embedded.js';
import { findRunningServer } from '../storage/database/embedded/find-running-server.js';
import { DataDirectoryInUseError } from '../storage/lock-data-directory.js';

/** A gateway that has just taken DATA_DIR needs a moment to start its database. */
const START_PATIENCE_MS = 30_000;
const POLL_MS = 100;

export interface LocatedDatabase {
  config: GatewayConfig;
  databaseUrl: string;
}

/**
 * Server mode: DATABASE_URL. Embedded mode: the database of the gateway that runs on DATA_DIR; where none runs, DATA_DIR is
 * taken and its database started until the command is done.
 * @throws with a reason that a person can act on.
 */
export async function locateDatabase(
  loaded: LoadedConfig,
  surroundings: EmbeddedContext,
): Promise<LocatedDatabase> {
  const { databaseUrl } = loaded;
  if (databaseUrl !== null) return { config: loaded, databaseUrl };
  try {
    const { config, databaseUrl: ownUrl } = await openEmbedded(loaded, {
      ...surroundings,
      lockPatienceMs: 0,
    });
    return { config, databaseUrl: ownUrl };
  } catch (error) {
    if (!(error instanceof DataDirectoryInUseError)) throw error;
    return joinRunning(loaded, error);
  }
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
