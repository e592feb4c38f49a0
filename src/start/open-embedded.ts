import { type FirstUse, loadFirstUse } from '../config/first-use.js';
import { completeConfig, type GatewayConfig, type LoadedConfig } from '../config/gateway-config.js';
import { startEmbeddedPostgres } from '../storage/database/embedded/embedded-postgres-server.js';
import { lockDataDirectory } from '../storage/lock-data-directory.js';
import type { Teardown } from './teardown.js';

export interface EmbeddedContext {
  teardown: Teardown;
  onNotice: (text: string) => void;
  /** How long to wait for a process that holds DATA_DIR, milliseconds; the lock's own patience when absent. */
  lockPatienceMs?: number;
}

export interface EmbeddedFoundation {
  config: GatewayConfig;
  databaseUrl: string;
  firstUse: FirstUse;
  /** The database was running already, left by a gateway that was killed. */
  wasAdopted: boolean;
}

/**
 * Embedded mode, until `teardown`: DATA_DIR is locked, secrets are made at the first start, PostgreSQL runs.
 * @throws DataDirectoryInUseError; otherwise with a reason that a person can act on.
 */
export async function openEmbedded(
  loaded: LoadedConfig,
  { teardown, onNotice, lockPatienceMs }: EmbeddedContext,
): Promise<EmbeddedFoundation> {
  const dataDir = await lockDataDirectory(loaded.dataDir, lockPatienceMs);
  teardown.add(() => dataDir.unlock());
  const firstUse = loadFirstUse(dataDir.path);
  const server = await startEmbeddedPostgres({ dataDir: dataDir.path, onNotice });
  process.once('exit', server.abandon);
  teardown.add(async () => {
    await server.stop();
    process.off('exit', server.abandon);
  });
  const config = completeConfig({ ...loaded, dataDir: dataDir.path }, firstUse);
  return { config, databaseUrl: server.databaseUrl, firstUse, wasAdopted: server.wasAdopted };
}
