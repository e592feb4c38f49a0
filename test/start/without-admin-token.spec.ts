import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createDataDirectory, type DataDirectory } from '../support/data-directory.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { runCli } from '../support/run-cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

jest.setTimeout(120_000);

let directory: DataDirectory;
let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  directory = createDataDirectory();
  database = await createTestDatabase();
  env = {
    DATABASE_URL: database.url,
    ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    DATA_DIR: directory.path,
  };
});
afterAll(async () => {
  await database.drop();
  directory.remove();
});

async function execute(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function expectRefusedStart(): Promise<void> {
  const gateway = new GatewayProcess(env);
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(gateway.stderr).toContain(
    'ADMIN_TOKEN is not set, and the database has no active platform administrator',
  );
  expect(gateway.stderr).toContain('admin create');
  expect(gateway.stderr).not.toMatch(/^ +at /m);
}

const createAdmin = async (name: string, role: string): Promise<string> => {
  const { code, stdout } = await runCli(['admin', 'create', '--name', name, '--role', role], env);
  expect(code).toBe(0);
  return stdout.trim();
};

describe('server mode without ADMIN_TOKEN', () => {
  it('does not start until there is an active platform administrator, and then knows nobody but him', async () => {
    // On an empty database: the schema is made, so that the command line can do its part.
    await expectRefusedStart();
    await createAdmin('reader', 'viewer');
    await createAdmin('left', 'platform-admin');
    await createAdmin('expired', 'platform-admin');
    await execute(`UPDATE admins SET status = 'revoked' WHERE name = 'left'`);
    await execute(`UPDATE admins SET expires_at = now() - interval '1 minute' WHERE name = 'expired'`);
    await expectRefusedStart();

    const token = await createAdmin('ops', 'platform-admin');
    const gateway = new GatewayProcess(env);
    const url = await gateway.untilReady();
    const ask = async (authorization?: string): Promise<number> => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await fetch(`${url}/admin/v1/tenants`, { headers })).status;
    };
    expect(await ask(`Bearer ${token}`)).toBe(200);
    for (const absent of [undefined, 'Bearer', 'Bearer ', 'Bearer null', 'Bearer undefined', 'Bearer ""']) {
      expect(await ask(absent)).toBe(401);
    }
    expect(await gateway.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(gateway.stdout).toBe('');
  });
});
