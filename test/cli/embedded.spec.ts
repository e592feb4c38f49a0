import { jest } from '@jest/globals';
import { isWellFormedKey } from '../../src/tenancy/key-format.ts';
import { createDataDirectory, type DataDirectory } from '../support/data-directory.ts';
import { GatewayProcess, stopLeftPostmaster } from '../support/gateway-process.ts';
import { runCli } from '../support/run-cli.ts';

jest.setTimeout(180_000);

let dataDir: DataDirectory;

beforeEach(() => {
  dataDir = createDataDirectory();
});

afterEach(async () => {
  await stopLeftPostmaster(dataDir.path);
  dataDir.remove();
});

it('works on the database of the gateway that runs', async () => {
  const env = { DATA_DIR: dataDir.path };
  const gateway = new GatewayProcess(env);
  try {
    const url = await gateway.untilReady();
    const { code, stdout } = await runCli(['admin', 'create', '--name', 'a', '--role', 'viewer'], env);
    expect([code, isWellFormedKey(stdout.trim(), 'tpa_')]).toEqual([0, true]);
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    expect((await fetch(`${url}/admin/v1/tenants`, { headers })).status).toBe(200);
    expect((await runCli(['doctor'], env)).stdout).toContain('Nothing is broken.');
    expect(gateway.hasExited).toBe(false);
  } finally {
    await gateway.end('SIGTERM');
  }
});

it('starts the database itself where no gateway runs, stops it again, and a gateway goes on with what it made', async () => {
  const env = { DATA_DIR: dataDir.path };
  expect((await runCli(['migrate'], env)).code).toBe(0);
  const { code, stdout } = await runCli(['admin', 'create', '--name', 'a', '--role', 'viewer'], env);
  expect(code).toBe(0);
  const gateway = new GatewayProcess(env);
  try {
    const url = await gateway.untilReady();
    expect(gateway.stderr).not.toContain('used again');
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    expect((await fetch(`${url}/admin/v1/tenants`, { headers })).status).toBe(200);
  } finally {
    await gateway.end('SIGTERM');
  }
});
