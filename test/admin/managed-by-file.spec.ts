import { ADMIN_OPERATIONS } from '../../src/admin/openapi/admin-operations.ts';
import type { Operation } from '../../src/admin/openapi/operation.ts';
import { AdminClient } from '../support/admin-client.ts';
import { PRICE } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

const ROOT = '/admin/v1';
/** Administrators are in no file. */
const changes = ADMIN_OPERATIONS.filter(
  ({ id, path, needsIfMatch }) =>
    (needsIfMatch === true && !path.startsWith(`${ROOT}/admins`)) || id === 'rotateKey',
);

const policy = { name: 'p', detectors: [{ type: 'email', id: 'e', severity: 'low' }] };
const limit = { metric: 'requests', limit: 1_000 };
const budget = { tokens: 1_000_000, period: 'day' };

let gateway: TestGateway;
let admin: AdminClient;
let tenantId: string;

beforeAll(async () => {
  gateway = await TestGateway.start({
    config: {
      providers: [{ name: 'simulated', kind: 'simulated', baseUrl: 'http://simulated.invalid' }],
      models: [{ name: 'public', deployments: [{ provider: 'simulated', upstreamModel: 'm' }] }],
      policies: [policy],
      rateLimits: [limit],
      budgets: [budget],
      prices: [{ providerKind: 'simulated', upstreamModel: 'm', effectiveFrom: '2026-01-01', price: PRICE }],
      routingRules: [{ name: 'r', action: { type: 'use-model', model: 'public' } }],
      tenants: [
        {
          name: 'acme',
          keys: [{ name: 'main' }],
          policies: [policy],
          rateLimits: [limit],
          budgets: [budget],
        },
      ],
    },
  });
  admin = new AdminClient(gateway, gateway.adminToken);
  tenantId = (await admin.get('/tenants')).json.data[0].id;
});

afterAll(() => gateway.stop());

/** The row of the file that the operation is about. */
async function findPath({ path }: Operation): Promise<string> {
  const place = path.slice(ROOT.length).replace('{tenantId}', tenantId);
  if (!place.includes('/{id}')) return place;
  const { json } = await admin.get(place.slice(0, place.indexOf('/{id}')));
  expect(json.data).toMatchObject([{ managedBy: 'file' }]);
  return place.replace('{id}', json.data[0].id);
}

it.each(changes)('$id of a row of the file is refused, and changes nothing', async (operation) => {
  const path = await findPath(operation);
  const rowPath = path.replace(/\/rotate$/, '');
  const before = await admin.get(rowPath);
  const answer = await admin.send(operation.method.toUpperCase(), path, operation.body?.example, {
    'if-match': '*',
  });
  expect([answer.status, answer.json.code]).toEqual([409, 'managed_by_file']);
  const after = await admin.get(rowPath);
  expect([after.json, after.headers.get('etag')]).toEqual([before.json, before.headers.get('etag')]);
});

it('covers every resource that a file can describe', () => {
  const names = changes.map(({ id }) => id);
  for (const resource of ['Tenant', 'Key', 'Provider', 'Model', 'RoutingRule', 'Price']) {
    expect(names).toEqual(expect.arrayContaining([`update${resource}`, `delete${resource}`]));
  }
  for (const resource of ['Policy', 'RateLimit', 'Budget']) {
    for (const owner of ['Platform', 'Tenant']) {
      const ids = [`update${owner}${resource}`, `delete${owner}${resource}`];
      expect(names).toEqual(expect.arrayContaining(ids));
    }
  }
});
