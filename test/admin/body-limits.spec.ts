import { request } from 'node:http';
import { ADMIN_OPERATIONS } from '../../src/admin/openapi/admin-operations.ts';
import { TestGateway } from '../support/gateway.ts';

const MIB = 1_024 * 1_024;
const UNKNOWN = '0197f3a0-7c1e-7000-8000-0000000000ff';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: {} });
});

afterAll(() => gateway.stop());

/** Sends without saying how much; tells how much was taken until the answer came. */
function sendChunked(path: string, mediaType: string, maxBytes: number) {
  const { hostname, port } = new URL(gateway.adminUrl);
  const headers = { authorization: `Bearer ${gateway.adminToken}`, 'content-type': mediaType };
  return new Promise<{ status: number; sent: number }>((resolve, reject) => {
    let sent = 0;
    const outgoing = request({ hostname, port, path, method: 'POST', headers }, (response) => {
      resolve({ status: response.statusCode ?? 0, sent });
      outgoing.destroy();
    });
    outgoing.on('error', reject);
    const chunk = Buffer.alloc(256 * 1_024, ' ');
    const goOn = (): void => {
      if (outgoing.destroyed) return;
      if (sent >= maxBytes) outgoing.end();
      else outgoing.write(chunk, () => setImmediate(goOn));
      sent += chunk.length;
    };
    goOn();
  });
}

const withBodies = ADMIN_OPERATIONS.filter(
  ({ body, id }) => body !== undefined && id !== 'importConfiguration',
);

it.each(withBodies.map(({ id, method, path }) => [id, method, path]))(
  'refuses more than 1 MiB: %s',
  async (_id, method, path) => {
    const response = await fetch(gateway.adminUrl + path.replaceAll(/\{\w+\}/g, UNKNOWN), {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${gateway.adminToken}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: `{}${' '.repeat(MIB)}`,
    });
    expect(response.status).toBe(413);
  },
);

it.each([
  ['/admin/v1/tenants', 'application/json', 1],
  ['/admin/v1/import', 'application/yaml', 4],
  ['/admin/v1/import', 'application/json', 64],
])('stops reading at the limit where the length is not announced: %s of %s', async (path, type, limit) => {
  const { status, sent } = await sendChunked(path, type, (limit + 40) * MIB);
  expect(status).toBe(413);
  expect(sent).toBeGreaterThan(limit * MIB - 1);
  expect(sent).toBeLessThan((limit + 40) * MIB);
});
