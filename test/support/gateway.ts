import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startGateway, type Gateway } from '../../src/bootstrap.ts';
import type { Clock } from '../../src/common/clock.port.ts';
import { PinoLogger } from '../../src/common/pino-logger.ts';
import { loadDeclarativeConfig } from '../../src/config/declarative/load-declarative-config.ts';
import { completeConfig } from '../../src/config/gateway-config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import {
  type Infrastructure,
  type InfrastructureOptions,
  openInfrastructure,
} from '../../src/open-infrastructure.ts';
import { generateKey } from '../../src/tenancy/key-format.ts';
import { eventually } from './eventually.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

type Json = Record<string, unknown>;

export interface TestKey extends Json {
  name: string;
}

/** The declarative file as an object; keys without `key` get one made. */
export interface TestConfig {
  providers?: Json[];
  models?: Json[];
  policies?: Json[];
  rateLimits?: Json[];
  budgets?: Json[];
  prices?: Json[];
  routingRules?: Json[];
  tenants?: (Json & { name: string; keys?: TestKey[] })[];
}

export interface TestGatewayOptions {
  /** Null: what is in the database stays as it is. */
  config: TestConfig | null;
  /** Settings on top of the harness's. */
  env?: Record<string, string>;
  /** Another gateway's database, for several processes on one. */
  database?: TestDatabase;
  redisUrl?: string;
  encryptionKey?: string;
  clock?: Clock;
  /** Keeps what the gateway logs at LOG_LEVEL, as it writes it, in `log`; else it does not log. */
  isLogged?: true;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined where it is not JSON. */
  json: any;
}

/** A whole gateway in this process, on a database of its own. */
export class TestGateway {
  readonly keys = new Map<string, string>();
  readonly adminToken = randomBytes(32).toString('hex');
  /** Lines of the log so far, where `isLogged`. */
  log = '';
  private gateway: Gateway | null = null;
  private infrastructure: Infrastructure | null = null;
  private readonly directory = mkdtempSync(join(tmpdir(), 'tokenpak-test-gateway-'));

  private constructor(
    private readonly options: TestGatewayOptions,
    readonly database: TestDatabase,
  ) {}

  static async start(options: TestGatewayOptions): Promise<TestGateway> {
    const gateway = new TestGateway(options, options.database ?? (await createTestDatabase()));
    await gateway.open();
    return gateway;
  }

  get app() {
    return this.running.app;
  }

  get url(): string {
    return this.running.url;
  }

  get adminUrl(): string {
    return this.running.adminUrl;
  }

  /** The text of the key of this name. */
  key(name = 'main'): string {
    const key = this.keys.get(name);
    if (key === undefined) throw new Error(`The test's configuration has no key "${name}"`);
    return key;
  }

  /** A POST of JSON with the key `main` unless headers say otherwise. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send(path, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  chat(body: Json, headers: Record<string, string> = {}): Promise<Answer> {
    const request = { model: 'public', messages: [{ role: 'user', content: 'Hello' }], ...body };
    return this.post('/v1/chat/completions', request, headers);
  }

  messages(body: Json, headers: Record<string, string> = {}): Promise<Answer> {
    const request = {
      model: 'public',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Hello' }],
      ...body,
    };
    return this.post('/v1/messages', request, { 'anthropic-version': '2023-06-01', ...headers });
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    const hasCredential = ['authorization', 'x-api-key', 'x-goog-api-key'].some((name) => headers.has(name));
    if (!hasCredential && this.keys.has('main')) headers.set('authorization', `Bearer ${this.key()}`);
    return readAnswer(await fetch(this.url + path, { redirect: 'manual', ...init, headers }));
  }

  async admin(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${this.adminToken}`);
    if (init.body !== undefined && !headers.has('content-type'))
      headers.set('content-type', 'application/json');
    return readAnswer(await fetch(`${this.adminUrl}/admin/v1${path}`, { ...init, headers }));
  }

  /** The trace of an answer, as the admin plane shows it. */
  async trace(answer: Answer): Promise<any> {
    const id = answer.headers.get('request-id') ?? '';
    return eventually(async () => {
      const { status, json } = await this.admin(`/traces/${id}`);
      return status === 200 ? json : null;
    });
  }

  /** Rows of the ledger, oldest first, once there are at least `count`. */
  async ledger(count = 0): Promise<any[]> {
    return eventually(async () => {
      const rows = await this.query('SELECT * FROM usage_ledger ORDER BY started_at, id');
      return rows.length >= count ? rows : null;
    });
  }

  /** The ledger's row of an answer; it follows the answer within a batch. */
  async ledgerRow(answer: Pick<Answer, 'headers'>): Promise<any> {
    const id = answer.headers.get('request-id');
    return eventually(async () => {
      const rows = await this.query('SELECT * FROM usage_ledger WHERE id = $1', [id]);
      return rows[0] ?? null;
    });
  }

  async query(sql: string, params: unknown[] = []): Promise<any[]> {
    const client = new pg.Client({ connectionString: this.database.url });
    await client.connect();
    try {
      return (await client.query(sql, params)).rows;
    } finally {
      await client.end();
    }
  }

  /** Stops the gateway; the database is dropped unless another gateway owns it. */
  async stop(): Promise<void> {
    await this.gateway?.stop();
    await this.infrastructure?.close();
    rmSync(this.directory, { recursive: true, force: true });
    if (this.options.database === undefined) await this.database.drop();
  }

  private get running(): Gateway {
    if (this.gateway === null) throw new Error('The gateway is not running');
    return this.gateway;
  }

  private async open(): Promise<void> {
    const env = this.buildEnvironment();
    const encryptionKey = Buffer.from(env.ENCRYPTION_KEYS ?? '', 'base64');
    const config = completeConfig(loadConfig(env), { adminToken: this.adminToken, encryptionKey });
    this.infrastructure = await openInfrastructure({
      config,
      databaseUrl: this.database.url,
      encryptionKeys: config.encryptionKeys,
      declarative: await this.loadDeclarative(env),
      onLockLost: () => undefined,
      clock: this.options.clock,
    });
    const lines = { write: (line: string) => void (this.log += line) };
    const logger = this.options.isLogged === true ? new PinoLogger(config.logLevel, lines) : false;
    this.gateway = await startGateway(this.infrastructure.setup, logger);
  }

  private async loadDeclarative(env: Record<string, string>): Promise<InfrastructureOptions['declarative']> {
    if (this.options.config === null) return null;
    const path = join(this.directory, 'gateway.json');
    writeFileSync(path, JSON.stringify(this.fillKeys(this.options.config)));
    return { config: await loadDeclarativeConfig(path, env), managedBy: 'file' };
  }

  private buildEnvironment(): Record<string, string> {
    const { redisUrl, encryptionKey, env } = this.options;
    return {
      PORT: '0',
      DATABASE_URL: this.database.url,
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
      DATA_DIR: join(this.directory, 'data'),
      ADMIN_TOKEN: this.adminToken,
      ENCRYPTION_KEYS: encryptionKey ?? randomBytes(32).toString('base64'),
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      DRAIN_DELAY_SECONDS: '0',
      SHUTDOWN_GRACE_SECONDS: '2',
      IP_RATE_LIMIT: '10000000',
      // A busy test machine is not a Redis that is down.
      REDIS_TIMEOUT_MS: '5000',
      UPSTREAM_KEY: 'test-key',
      ...env,
    };
  }

  private fillKeys(config: TestConfig): TestConfig {
    const tenants = config.tenants?.map((tenant) => ({
      ...tenant,
      keys: tenant.keys?.map((key) => {
        if (key['key'] !== undefined) return key;
        const text = generateKey('tpk_');
        this.keys.set(key.name, text);
        return { ...key, key: { sha256: hash('sha256', text, 'hex') } };
      }),
    }));
    return { ...config, ...(tenants === undefined ? {} : { tenants }) };
  }
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined; // A stream, or an empty body.
  }
  return { status: response.status, headers: response.headers, text, json };
}
