import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { ConfigError } from '../../src/config/load-config.ts';
import { describeStartFailure } from '../../src/start/describe-start-failure.ts';

it('names the setting of a port that is taken', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const second = createServer().listen(port, '127.0.0.1');
  const [error] = await once(second, 'error');
  holder.close();
  const ports = { host: '127.0.0.1', port, adminPort: null };
  expect(describeStartFailure(error, ports)).toMatch(
    new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use .* set PORT to another`),
  );
  expect(describeStartFailure(error, { ...ports, port: 1, adminPort: port })).toContain('set ADMIN_PORT');
});

it('shows every fault of the settings and nothing else', () => {
  const error = new ConfigError(['PORT must be a number', 'ADMIN_TOKEN is required']);
  expect(describeStartFailure(error, null)).toBe(error.message);
});

it('shows why, down to the first cause, without saying anything twice', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const error = new Error(`PostgreSQL cannot be reached: ${refused.message}`, {
    cause: new Error(refused.message, { cause: new Error('the network is gone') }),
  });
  expect(describeStartFailure(error, null)).toBe(
    `The gateway could not start: ${error.message}\n  because: the network is gone`,
  );
});

it('shows where a mistake of our own happened', () => {
  expect(describeStartFailure(new TypeError('x is not a function'), null)).toContain(
    'describe-start-failure.spec',
  );
});
