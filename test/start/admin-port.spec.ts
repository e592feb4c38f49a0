import { once } from 'node:events';
import { connect } from 'node:net';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

/** A GET whose target is sent exactly as it is written; the status of its answer. */
async function getRaw(origin: string, target: string, headers: Record<string, string> = {}): Promise<number> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines.join('')}\r\n`);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  await once(socket, 'close');
  return Number(text.split(' ')[1]);
}

describe('with an admin port of its own', () => {
  let gateway: TestGateway;
  let bearer: Record<string, string>;
  beforeAll(async () => {
    gateway = await TestGateway.start({ config: configureSimulated(), env: { ADMIN_PORT: '0' } });
    bearer = { authorization: `Bearer ${gateway.adminToken}` };
  });
  afterAll(() => gateway.stop());

  it.each(['/metrics', '/admin/v1/tenants', '/admin/docs'])('serves %s there alone', async (path) => {
    expect(gateway.adminUrl).not.toBe(gateway.url);
    expect(await getRaw(gateway.adminUrl, path, bearer)).toBe(200);
    expect(await getRaw(gateway.url, path, bearer)).toBe(404);
  });

  it.each([
    '/%6detrics',
    '/metric%73?x=1',
    'http://x/metrics',
    '/%61dmin/v1/tenants',
    'http://x/admin/v1/tenants',
    '/health/../metrics',
    '//metrics',
  ])('is not reached on the other port by the spelling %s', async (target) => {
    expect(await getRaw(gateway.url, target, bearer)).toBe(404);
  });

  it('serves no data plane, however it is spelt, and health on both', async () => {
    const key = { authorization: `Bearer ${gateway.key()}` };
    for (const target of ['/v1/models', '/%761/models', 'http://x/v1/models']) {
      expect(await getRaw(gateway.adminUrl, target, key)).toBe(404);
      expect(await getRaw(gateway.url, target, key)).toBe(200);
    }
    for (const origin of [gateway.url, gateway.adminUrl])
      expect(await getRaw(origin, '/health/live')).toBe(200);
  });
});
