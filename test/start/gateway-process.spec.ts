import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';
import { readCommandLine } from '../../src/storage/database/embedded/postmaster-process.ts';
import { createDataDirectory, type DataDirectory } from '../support/data-directory.ts';
import { eventually } from '../support/eventually.ts';
import { findEmbeddedUrl, GatewayProcess, stopLeftPostmaster } from '../support/gateway-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

/** Each test makes a database, which a busy machine takes seconds for. */
jest.setTimeout(120_000);

let directory: DataDirectory;
let processes: GatewayProcess[];

beforeEach(() => {
  directory = createDataDirectory();
  processes = [];
});

afterEach(async () => {
  for (const gateway of processes) if (!gateway.hasExited) await gateway.end('SIGKILL');
  await stopLeftPostmaster(directory.path);
  directory.remove();
});

function start(env: Record<string, string> = {}): GatewayProcess {
  const gateway = new GatewayProcess({ DATA_DIR: directory.path, ...env });
  processes.push(gateway);
  return gateway;
}

async function startReady(
  env: Record<string, string> = {},
): Promise<{ gateway: GatewayProcess; url: string }> {
  const gateway = start(env);
  return { gateway, url: await gateway.untilReady() };
}

/** The printed curl, taken apart. */
function readCurl(text: string): { url: string; init: RequestInit } {
  const url = /curl (\S+)/.exec(text)?.[1] ?? '';
  const headers = [...text.matchAll(/-H '([^:]+): ([^']+)'/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value],
  );
  return { url, init: { method: 'POST', headers, body: /-d '([^']+)'/.exec(text)?.[1] ?? '' } };
}

const readLine = (text: string, name: string): string => new RegExp(`${name} +(\\S+)`).exec(text)?.[1] ?? '';

async function countLedgerRows(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM usage_ledger');
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

const serverEnvironment = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  ADMIN_TOKEN: randomBytes(32).toString('hex'),
  ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
});

describe('embedded mode', () => {
  it('prints a curl that works, and keeps the secrets out of its log', async () => {
    const { gateway } = await startReady();
    await eventually(() => gateway.stdout.includes('-d ') || null);
    const { url, init } = readCurl(gateway.stdout);
    const answer = await fetch(url, init);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      model: 'simulated-1',
      choices: [{ message: { role: 'assistant', content: expect.stringMatching(/./) } }],
    });
    for (const name of ['admin token', 'demo key']) {
      const secret = readLine(gateway.stdout, name);
      expect(secret).toMatch(/^tp[ak]_/);
      expect(gateway.stderr).not.toContain(secret);
    }
    expect(statSync(join(directory.path, 'first-use.json')).mode & 0o777).toBe(0o600);
  });

  it('prints an admin token that opens the admin plane', async () => {
    const { gateway, url } = await startReady();
    await eventually(() => gateway.stdout.includes('-d ') || null);
    const authorization = `Bearer ${readLine(gateway.stdout, 'admin token')}`;
    const answer = await fetch(`${url}/admin/v1/tenants`, { headers: { authorization } });
    expect(answer.status).toBe(200);
  });

  it('finds key, token and every answered request again after SIGKILL, with the database still running', async () => {
    const first = await startReady();
    await eventually(() => first.gateway.stdout.includes('-d ') || null);
    const { url, init } = readCurl(first.gateway.stdout);
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(url, init)));
    await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await first.gateway.end('SIGKILL');
    const left = findEmbeddedUrl(directory.path);
    expect(readCommandLine(left.pid)).not.toBe('');

    const second = await startReady();
    await eventually(() => second.gateway.stdout.includes('-d ') || null);
    for (const name of ['admin token', 'demo key']) {
      expect(readLine(second.gateway.stdout, name)).toBe(readLine(first.gateway.stdout, name));
    }
    expect(findEmbeddedUrl(directory.path)).toEqual(left);
    const rows = await eventually(async () => ((await countLedgerRows(left.url)) >= 20 ? 20 : null));
    expect(await countLedgerRows(left.url)).toBe(rows);
    expect(
      (await fetch(readCurl(second.gateway.stdout).url, readCurl(second.gateway.stdout).init)).status,
    ).toBe(200);
  });

  it('has no demo tenant while a configuration file says what there is', async () => {
    const demo = await startReady();
    await eventually(() => demo.gateway.stdout.includes('-d ') || null);
    const { init } = readCurl(demo.gateway.stdout);
    await demo.gateway.end('SIGTERM');
    const file = `${directory.path}.json`;
    writeFileSync(file, JSON.stringify({ tenants: [{ name: 'ours' }] }));

    const { gateway, url } = await startReady({ GATEWAY_CONFIG: file });
    await eventually(() => gateway.stdout.includes('admin token') || null);
    expect(gateway.stdout).not.toContain('demo key');
    expect((await fetch(`${url}/v1/chat/completions`, init)).status).toBe(401);
  });

  it('exits with 0 after SIGTERM, and its database with it', async () => {
    const { gateway } = await startReady();
    const { pid } = findEmbeddedUrl(directory.path);
    expect(await gateway.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(readCommandLine(pid)).toBe('');
  });

  it('exits with 0 when it is told to stop while it starts', async () => {
    const gateway = start();
    await eventually(() => {
      try {
        return readFileSync(join(directory.path, 'first-use.json'));
      } catch {
        return null; // Not that far yet.
      }
    });
    expect(await gateway.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(gateway.stdout).toBe('');
  });

  it('ends when the process that started it is gone', async () => {
    const { gateway } = await startReady();
    gateway.child.disconnect();
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  it('exits at once with 143 on a second SIGTERM, and its database ends too', async () => {
    const { gateway, url } = await startReady({ DRAIN_DELAY_SECONDS: '600' });
    const { pid } = findEmbeddedUrl(directory.path);
    gateway.send('SIGTERM');
    await eventually(async () => ((await fetch(`${url}/health/ready`)).status === 503 ? true : null));
    // A second one right after the first is the same Ctrl-C on another way.
    await sleep(1_100);
    expect(await gateway.end('SIGTERM')).toEqual({ code: 143, signal: null });
    await eventually(() => (readCommandLine(pid) === '' ? true : null));
  });

  it('logs an error that nobody caught, exits with 1 and loses no answered request', async () => {
    const fault = encodeURIComponent('process.on(`SIGUSR2`, () => { throw new Error(`provoked`) })');
    const first = await startReady({ NODE_OPTIONS: `--import=data:text/javascript,${fault}` });
    await eventually(() => first.gateway.stdout.includes('-d ') || null);
    const { pid } = findEmbeddedUrl(directory.path);
    const { url, init } = readCurl(first.gateway.stdout);
    expect((await fetch(url, init)).status).toBe(200);
    expect(await first.gateway.end('SIGUSR2')).toEqual({ code: 1, signal: null });
    expect(first.gateway.stderr).toMatch(/"level":60,.*provoked/);
    await eventually(() => (readCommandLine(pid) === '' ? true : null));

    await startReady();
    const database = findEmbeddedUrl(directory.path);
    await eventually(async () => ((await countLedgerRows(database.url)) === 1 ? true : null));
  });

  it('refuses a DATA_DIR that another gateway uses, and names that', async () => {
    const { gateway } = await startReady();
    const second = start();
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr).toContain(`Another gateway (process ${gateway.pid}) uses DATA_DIR`);
    expect(second.stdout).toBe('');
  });

  it('refuses damaged secrets and leaves them', async () => {
    const { gateway } = await startReady();
    await gateway.end('SIGTERM');
    const path = join(directory.path, 'first-use.json');
    writeFileSync(path, '{}');
    const second = start();
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr).toContain('first-use.json is damaged');
    expect(readFileSync(path, 'utf8')).toBe('{}');
  });

  it('says which setting to change when its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const port = String((holder.address() as AddressInfo).port);
    const gateway = start({ PORT: port });
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    holder.close();
    expect(gateway.stderr).toContain(`Port ${port} on 127.0.0.1 is in use by another program`);
  });
});

describe('server mode', () => {
  it('prints every fault of the settings at once and exits with 1', async () => {
    const gateway = start({
      DATABASE_URL: 'mysql://x',
      PORT: '80a',
      LOG_LEVEL: 'loud',
      ADMIN_TOKEN: 'short',
    });
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    for (const name of ['DATABASE_URL', 'PORT', 'LOG_LEVEL', 'ADMIN_TOKEN', 'ENCRYPTION_KEYS']) {
      expect(gateway.stderr).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(gateway.stderr).not.toMatch(/^ +at /m);
    expect(gateway.stdout).toBe('');
  });

  it('generates nothing and prints nothing', async () => {
    const database = await createTestDatabase();
    const { gateway } = await startReady(serverEnvironment(database.url));
    expect(await gateway.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(gateway.stdout).toBe('');
    expect(() => statSync(join(directory.path, 'first-use.json'))).toThrow('ENOENT');
    await database.drop();
  });

  it('starts without the Redis that it was given, and says that it is degraded', async () => {
    const database = await createTestDatabase();
    const redisUrl = `redis://127.0.0.1:${await findFreePort()}`;
    const { gateway, url } = await startReady({ ...serverEnvironment(database.url), REDIS_URL: redisUrl });
    const answer = await fetch(`${url}/health/ready`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'degraded', details: { redis: { degraded: true } } });
    expect(gateway.stderr).toContain('Redis does not answer');
    await gateway.end('SIGTERM');
    await database.drop();
  });

  it('admits one process on a database without Redis, and several with it', async () => {
    const database = await createTestDatabase();
    const env = serverEnvironment(database.url);
    await startReady(env);
    const second = start(env);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr).toMatch(/Another gateway process uses this database.*REDIS_URL/);
    const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
    const third = await startReady({ ...env, REDIS_URL: redisUrl });
    expect((await fetch(`${third.url}/health/ready`)).status).toBe(200);
    for (const gateway of processes) if (!gateway.hasExited) await gateway.end('SIGTERM');
    await database.drop();
  });
});
