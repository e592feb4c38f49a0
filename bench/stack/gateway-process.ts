import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY_ENTRY } from './build-gateway.ts';
import { type Child, startChild } from './child-process.ts';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';

export interface GatewayOptions {
  root: string;
  /** Where its log and journal go; kept across restarts. */
  directory: string;
  databaseUrl: string;
  redisUrl: string | null;
  /** Text of the declarative file. */
  config: string;
  adminToken: string;
  encryptionKey: string;
  /** More arguments of Node, such as a probe. */
  nodeArgs?: string[];
}

export interface GatewayProcess extends Child {
  origin: string;
  readyMs: number;
}

const READY_MS = 60_000;

export const createAdminToken = (): string => randomBytes(32).toString('hex');
export const createEncryptionKey = (): string => randomBytes(32).toString('base64');

/** Starts a gateway in server mode and waits until it is ready. @throws with the end of its log when it is not. */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcess> {
  mkdirSync(options.directory, { recursive: true });
  const configFile = join(options.directory, 'gateway.yaml');
  writeFileSync(configFile, options.config);
  const port = await findFreePort();
  const startedAt = performance.now();
  const child = startChild({
    command: process.execPath,
    args: [...(options.nodeArgs ?? []), join(options.root, GATEWAY_ENTRY)],
    env: buildEnvironment(options, configFile, port),
    logFile: join(options.directory, 'gateway.log'),
    ipc: true,
  });
  const origin = `http://127.0.0.1:${port}`;
  await waitUntilReady(child, origin);
  return { ...child, origin, readyMs: performance.now() - startedAt };
}

function buildEnvironment(options: GatewayOptions, configFile: string, port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: options.databaseUrl,
    ...(options.redisUrl === null ? {} : { REDIS_URL: options.redisUrl }),
    DATA_DIR: join(options.directory, 'data'),
    ADMIN_TOKEN: options.adminToken,
    ENCRYPTION_KEYS: options.encryptionKey,
    GATEWAY_CONFIG: configFile,
    IP_RATE_LIMIT: '100000000',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    TRACE_SAMPLE_RATIO: '0.01',
    DRAIN_DELAY_SECONDS: '0',
    LOG_LEVEL: 'warn',
  };
}

async function waitUntilReady(child: Child, origin: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    if (child.process.exitCode !== null) break;
    if (await isReady(origin)) return;
    await sleep(50);
  }
  await child.stop();
  throw new Error(`The gateway did not become ready.\n${child.readLog().slice(-4_000)}`);
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/health/ready`)).status === 200;
  } catch {
    return false;
  }
}
