import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { isWellFormedKey } from '../../src/tenancy/key-format.ts';
import { eventually } from '../support/eventually.ts';
import { TestGateway } from '../support/gateway.ts';
import { configureOne, PRICE } from '../support/gateway-configs.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

jest.setTimeout(120_000);

const directory = mkdtempSync(join(tmpdir(), 'tokenpak-test-cli-'));
const encryptionKey = randomBytes(32).toString('base64');

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function buildEnvironment(database: TestDatabase): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    ADMIN_TOKEN: 'a'.repeat(32),
    ENCRYPTION_KEYS: encryptionKey,
    DATA_DIR: join(directory, 'data'),
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    UPSTREAM_KEY: 'test-key',
  };
}

async function query(database: TestDatabase, sql: string): Promise<any[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('beside a running gateway', () => {
  let upstream: Upstream;
  let gateway: TestGateway;
  const run = (args: string[], env: Record<string, string> = {}): Promise<CliResult> =>
    runCli(args, { ...buildEnvironment(gateway.database), ...env });

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    gateway = await TestGateway.start({ config: configureOne('openai', upstream), encryptionKey });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  it('makes an administrator whose token works, prints it alone, and says who did it', async () => {
    const { code, stdout, stderr } = await run(['admin', 'create', '--name', 'ops', '--role', 'viewer']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('ops')]);
    const token = stdout.trim();
    expect(isWellFormedKey(token, 'tpa_')).toBe(true);
    const answer = await gateway.admin('/tenants', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    const [entry] = await gateway.query(`SELECT actor_id, action FROM audit_log WHERE resource = 'admins'`);
    expect(entry).toEqual({ actor_id: 'cli', action: 'create' });
  });

  it('makes an administrator of one tenant', async () => {
    const args = ['admin', 'create', '--name', 'a', '--role', 'tenant-admin'];
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining('A tenant-admin needs a tenant')]);
    expect((await run([...args, '--tenant', 'acme'])).code).toBe(0);
  });

  it('makes a key that the running gateway takes', async () => {
    const { code, stdout } = await run(['key', 'create', '--tenant', 'acme', '--name', 'made']);
    expect(code).toBe(0);
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    await eventually(async () => ((await gateway.chat({}, headers)).status === 200 ? true : null));
    const [entry] = await gateway.query(
      `SELECT actor_id FROM audit_log WHERE resource = 'keys' AND actor_id <> 'file'`,
    );
    expect(entry).toEqual({ actor_id: 'cli' });
  });

  it('refuses a tenant that is not there', async () => {
    const { code, stderr } = await run(['key', 'create', '--tenant', 'nobody', '--name', 'k']);
    expect([code, stderr]).toEqual([1, 'There is no tenant "nobody"\n']);
  });

  it('plans a file without changing anything, applies it, and finds nothing to do then', async () => {
    const path = join(directory, 'gateway.json');
    const config = configureOne('openai', upstream);
    const deployments = [{ provider: 'openai', upstreamModel: 'second', price: PRICE }];
    const models = [...(config.models ?? []), { name: 'second', deployments }];
    writeFileSync(path, JSON.stringify({ ...config, models, tenants: [{ name: 'acme' }] }));
    const before = await gateway.query('SELECT version FROM config_state');
    const plan = await run(['config', 'plan', path]);
    expect([plan.code, plan.stderr]).toEqual([0, '']);
    expect(plan.stdout.split('\n')).toEqual(
      expect.arrayContaining(['create model models/second', 'disable key tenants/acme/keys/main']),
    );
    expect(await gateway.query('SELECT version FROM config_state')).toEqual(before);
    expect((await run(['config', 'apply', path])).stdout).toBe(plan.stdout);
    const again = await run(['config', 'apply', path]);
    expect(again.stdout).toMatch(/^0 create, 0 update, 0 disable, 0 delete, \d+ unchanged\n$/);
    const entries = await gateway.query(
      `SELECT actor_id FROM audit_log WHERE action = 'import' AND actor_id <> 'file'`,
    );
    expect(entries).toEqual([{ actor_id: 'cli' }]);

    writeFileSync(path, JSON.stringify({ ...config, tenants: [{ name: 'acme' }] }));
    const pruned = await run(['config', 'apply', path, '--prune']);
    expect(pruned.stdout).toContain('delete model models/second');
  });

  it('tells every fault of a file', async () => {
    const path = join(directory, 'faulty.yaml');
    writeFileSync(path, 'providers: [{ name: a }]\nfoo: 1\n');
    const { code, stderr } = await run(['config', 'plan', path]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('foo (line 2)')]);
    expect(stderr).toContain('providers[0].kind');
  });

  it('changes the encryption key under the running gateway, which goes on answering', async () => {
    const newKey = randomBytes(32).toString('base64');
    const env = { ENCRYPTION_KEYS: `${newKey},${encryptionKey}` };
    const { code, stdout } = await run(['rotate-encryption-key'], env);
    expect([code, stdout]).toEqual([0, expect.stringContaining('providers: 1 sealed anew')]);
    expect((await run(['rotate-encryption-key'], { ENCRYPTION_KEYS: newKey })).code).toBe(0);
    const refused = await run(['rotate-encryption-key']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ENCRYPTION_KEYS')]);
    const back = { ENCRYPTION_KEYS: `${encryptionKey},${newKey}` };
    expect((await run(['rotate-encryption-key'], back)).code).toBe(0);
    const [entry] = await gateway.query(`SELECT actor_id FROM audit_log WHERE action = 'rotate'`);
    expect(entry).toEqual({ actor_id: 'cli' });
  });

  it('finds nothing broken where nothing is', async () => {
    const { code, stdout } = await run(['doctor'], { REDIS_URL: process.env['TEST_REDIS_URL'] ?? '' });
    expect(stdout).toMatch(/^ok +provider openai: It answered 200/m);
    for (const subject of [
      'database',
      'migrations',
      'clock',
      'redis',
      'journal',
      'encryption',
      'audit log',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ok +${subject}: `, 'm'));
    }
    expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing is broken.')]);
  });

  it('names what is broken, says what to do, and shows no secret', async () => {
    await gateway.query(`UPDATE providers SET base_url = 'http://127.0.0.1:1/v1'`);
    await gateway.query('UPDATE deployments SET price = NULL');
    await gateway.query(`UPDATE audit_head SET hash = 'forged'`);
    const env = { REDIS_URL: 'redis://:redis-password@127.0.0.1:1', DATA_DIR: '/dev/null/data' };
    const { code, stdout, stderr } = await run(['doctor'], env);
    expect(code).toBe(1);
    for (const subject of ['provider openai', 'redis', 'journal', 'audit log']) {
      expect(stdout).toMatch(new RegExp(`^broken +${subject}: .*\\n +[A-Z]`, 'm'));
    }
    expect(stdout).toMatch(/^warn +prices: model public has none/m);
    expect(stdout + stderr).not.toMatch(/redis-password|test-key|v1:/);
  });
});

describe('on an empty database', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  it('migrates it, once', async () => {
    const env = buildEnvironment(database);
    expect((await runCli(['migrate'], env)).stdout).toMatch(/^ran \w+/);
    const again = await runCli(['migrate'], env);
    expect([again.code, again.stdout]).toEqual([0, 'The database is up to date.\n']);
    expect(await query(database, 'SELECT name FROM instance_settings')).toHaveLength(1);
  });

  it('says what is missing and does nothing by itself', async () => {
    const env = buildEnvironment(database);
    const created = await runCli(['admin', 'create', '--name', 'a', '--role', 'viewer'], env);
    expect([created.code, created.stderr]).toEqual([1, expect.stringContaining('tokenpak -- migrate')]);
    const examined = await runCli(['doctor'], env);
    expect([examined.code, examined.stdout]).toEqual([1, expect.stringContaining('tokenpak -- migrate')]);
    expect(await query(database, `SELECT to_regclass('tenants') AS found`)).toEqual([{ found: null }]);
  });
});

describe('the command line itself', () => {
  it('lists its commands without any settings', async () => {
    for (const args of [[], ['--help']]) {
      const { code, stdout } = await runCli(args);
      expect([code, stdout]).toEqual([0, expect.stringContaining('rotate-encryption-key')]);
    }
  });

  it('explains one command', async () => {
    const { code, stdout } = await runCli(['key', 'create', '--help']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('--tenant TENANT')]);
  });

  it.each([
    ['an unknown command', ['frobnicate'], 'no such command'],
    ['an unknown option', ['migrate', '--force'], '--force'],
    ['a missing option', ['key', 'create', '--name', 'k'], '--tenant is missing'],
    ['a missing argument', ['config', 'plan'], 'FILE is missing'],
    ['an argument too many', ['migrate', 'now'], 'too many'],
  ])('refuses %s with exit code 2 and tells how it is used', async (_, args, message) => {
    const { code, stderr } = await runCli(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain('npm run tokenpak --');
  });

  it('tells a PostgreSQL that cannot be reached without its password', async () => {
    const { code, stderr } = await runCli(['doctor'], {
      DATABASE_URL: 'postgres://user:pass-word@127.0.0.1:1/db',
      ADMIN_TOKEN: 'a'.repeat(32),
      ENCRYPTION_KEYS: encryptionKey,
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('127.0.0.1:1')]);
    expect(stderr).not.toContain('pass-word');
  });
});
