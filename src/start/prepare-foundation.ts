import { hash } from 'node:crypto';
import type { DeclarativeConfig } from '../config/declarative/declarative-config.js';
import { buildDemoConfig } from '../config/declarative/demo-config.js';
import { loadDeclarativeConfig } from '../config/declarative/load-declarative-config.js';
import { type FirstUse, loadFirstUse } from '../config/first-use.js';
import { completeConfig, type GatewayConfig, type LoadedConfig } from '../config/gateway-config.js';
import { startEmbeddedPostgres } from '../storage/database/embedded/embedded-postgres-server.js';
import { lockDataDirectory } from '../storage/lock-data-directory.js';
import type { Teardown } from './teardown.js';

/** What differs between the two modes, made equal. */
export interface Foundation {
  config: GatewayConfig;
  databaseUrl: string;
  declarative: { config: DeclarativeConfig; managedBy: 'file' | 'demo' } | null;
  /** Secrets to show at the terminal; null in server mode, where nothing is generated. */
  shown: { adminToken: string | null; demoKey: string | null } | null;
}

export interface FoundationContext {
  env: Readonly<Record<string, string | undefined>>;
  teardown: Teardown;
  onNotice: (text: string) => void;
}

/**
 * Server mode: everything was given. Embedded mode: DATA_DIR is locked, secrets are made at the first start, and the
 * gateway's own PostgreSQL runs.
 * @throws with a reason that a person can act on.
 */
export async function prepareFoundation(
  loaded: LoadedConfig,
  context: FoundationContext,
): Promise<Foundation> {
  const file = await loadFile(loaded, context);
  const { databaseUrl, adminToken } = loaded;
  if (databaseUrl !== null && adminToken !== null) {
    return { config: Object.freeze({ ...loaded, adminToken }), databaseUrl, declarative: file, shown: null };
  }
  return prepareEmbedded(loaded, file, context);
}

async function prepareEmbedded(
  loaded: LoadedConfig,
  file: Foundation['declarative'],
  { teardown, onNotice }: FoundationContext,
): Promise<Foundation> {
  const dataDir = await lockDataDirectory(loaded.dataDir);
  teardown.add(() => dataDir.unlock());
  const firstUse = loadFirstUse(dataDir.path);
  const server = await startEmbeddedPostgres({ dataDir: dataDir.path, onNotice });
  process.once('exit', server.abandon);
  teardown.add(async () => {
    await server.stop();
    process.off('exit', server.abandon);
  });
  if (server.wasAdopted) onNotice('The embedded database was still running and is used again.');
  return {
    config: completeConfig({ ...loaded, dataDir: dataDir.path }, firstUse),
    databaseUrl: server.databaseUrl,
    declarative: file ?? buildDemo(firstUse),
    shown: {
      adminToken: loaded.adminToken === null ? firstUse.adminToken : null,
      demoKey: file === null ? firstUse.demoKey : null,
    },
  };
}

async function loadFile(
  { declarativeConfigPath }: LoadedConfig,
  { env }: FoundationContext,
): Promise<Foundation['declarative']> {
  if (declarativeConfigPath === null) return null;
  return { config: await loadDeclarativeConfig(declarativeConfigPath, env), managedBy: 'file' };
}

function buildDemo({ demoKey }: FirstUse): Foundation['declarative'] {
  return { config: buildDemoConfig(hash('sha256', demoKey, 'hex')), managedBy: 'demo' };
}
