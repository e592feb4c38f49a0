import { hash } from 'node:crypto';
import type { DeclarativeConfig } from '../config/declarative/declarative-config.js';
import { buildDemoConfig } from '../config/declarative/demo-config.js';
import { loadDeclarativeConfig } from '../config/declarative/load-declarative-config.js';
import type { FirstUse } from '../config/first-use.js';
import type { GatewayConfig, LoadedConfig } from '../config/gateway-config.js';
import { openEmbedded } from './open-embedded.js';
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
  const { databaseUrl } = loaded;
  if (databaseUrl !== null) return { config: loaded, databaseUrl, declarative: file, shown: null };
  return prepareEmbedded(loaded, file, context);
}

async function prepareEmbedded(
  loaded: LoadedConfig,
  file: Foundation['declarative'],
  context: FoundationContext,
): Promise<Foundation> {
  const { config, databaseUrl, firstUse, wasAdopted } = await openEmbedded(loaded, context);
  if (wasAdopted) context.onNotice('The embedded database was still running and is used again.');
  return {
    config,
    databaseUrl,
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
