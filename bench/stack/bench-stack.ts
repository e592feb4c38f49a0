import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measured } from '../measure.ts';
import { buildGatewayIfStale } from './build-gateway.ts';
import { type Child, startNodeChild } from './child-process.ts';
import { buildGatewayConfig } from './gateway-config.ts';
import { createGatewayKey } from './gateway-key.ts';
import {
  createAdminToken,
  createEncryptionKey,
  type GatewayOptions,
  type GatewayProcess,
  startGateway,
} from './gateway-process.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { type RedisServer, startRedis } from './redis.ts';

export interface RunningGateway {
  name: string;
  process: GatewayProcess;
  options: GatewayOptions;
  apiKey: string;
  /** PostgreSQL and Redis, whose CPU is printed apart. */
  stores: { name: string; pid: number }[];
}

type Step = () => Promise<unknown>;

/** Starts the benchmark's processes and stops them in reverse order, whatever happened in between. */
export class BenchStack {
  readonly directory = mkdtempSync(join(tmpdir(), 'tokenpak-bench-'));
  readonly root: string;
  postgres: Postgres | null = null;
  redis: RedisServer | null = null;
  private readonly stops: Step[] = [];

  constructor(root: string) {
    this.root = root;
    // The database server drops root's rights and must still reach its directory.
    chmodSync(this.directory, 0o755);
  }

  startProcess(name: string, env: NodeJS.ProcessEnv = {}): Promise<Child & { port: number }> {
    const script = join(this.root, 'bench/processes', `${name}.ts`);
    return this.keep(startNodeChild(script, env, join(this.directory, `${name}.log`)));
  }

  async startStores(needsRedis: boolean): Promise<void> {
    this.postgres = await this.keep(startPostgres(this.directory));
    if (!needsRedis) return;
    this.redis = await startRedis(this.directory);
    if (this.redis === null)
      process.stderr.write('redis-server is not installed: the -redis scenarios are left out\n');
    else await this.keep(Promise.resolve(this.redis));
  }

  /** A gateway with a database of its own. */
  async startGateway(name: string, upstream: string, change: StartChange = {}): Promise<RunningGateway> {
    buildGatewayIfStale(this.root);
    if (this.postgres === null) throw new Error('The stores must be started first.');
    const { key, sha256 } = await createGatewayKey(this.root);
    const options: GatewayOptions = {
      root: this.root,
      directory: join(this.directory, name),
      databaseUrl: await this.postgres.createDatabase(name.replaceAll('-', '_')),
      redisUrl: change.usesRedis === true ? (this.redis?.url ?? null) : null,
      config: buildGatewayConfig({
        upstream: `${upstream}/v1`,
        keySha256: sha256,
        faultModels: change.faultModels ?? [],
      }),
      adminToken: createAdminToken(),
      encryptionKey: createEncryptionKey(),
      nodeArgs: change.nodeArgs ?? [],
    };
    const stores = [{ name: 'postgres', pid: this.postgres.pid }];
    if (options.redisUrl !== null && this.redis !== null) stores.push({ name: 'redis', pid: this.redis.pid });
    return { name, options, apiKey: key, stores, process: await this.keep(startGateway(options)) };
  }

  /** Starts it again after it was killed, on the same database and journal. */
  async restart(gateway: RunningGateway): Promise<void> {
    gateway.process = await this.keep(startGateway(gateway.options));
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async keep<Started extends { stop(): Promise<void> }>(
    starting: Promise<Started>,
  ): Promise<Started> {
    const started = await starting;
    this.stops.push(() => started.stop());
    return started;
  }
}

export interface StartChange {
  usesRedis?: boolean;
  faultModels?: string[];
  nodeArgs?: string[];
}

const JSON_HEADERS = { 'content-type': 'application/json' };

export function describeRelay(relay: Child & { port: number }): Measured {
  const headers = { ...JSON_HEADERS, authorization: 'Bearer bench' };
  return {
    target: 'relay',
    name: 'relay',
    origin: `http://127.0.0.1:${relay.port}`,
    pid: relay.pid,
    headers,
    stores: [],
    sent: 0,
  };
}

export function describeGateway(gateway: RunningGateway): Measured {
  const { process: child, apiKey, name, stores } = gateway;
  const headers = { ...JSON_HEADERS, authorization: `Bearer ${apiKey}` };
  return { target: 'gateway', name, origin: child.origin, pid: child.pid, headers, stores, sent: 0 };
}
