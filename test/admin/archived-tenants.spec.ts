import { AdminClient } from '../support/admin-client.ts';
import type { Answer } from '../support/gateway.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

/** Rows by collection, as POST takes them; `{tenant}` is the tenant's path, or its id in `owner`. */
const ROWS: [path: string, body: Record<string, unknown>, patch: object][] = [
  ['{tenant}/budgets', { amountUsd: '5', period: 'day' }, { mode: 'soft' }],
  ['{tenant}/rate-limits', { metric: 'requests', limit: 1 }, { limit: 2 }],
  [
    '{tenant}/policies',
    { name: 'p', detectors: [{ type: 'keyword', id: 'k', severity: 'low', keywords: ['x'] }] },
    { mode: 'shadow' },
  ],
  [
    '/providers',
    { owner: '', name: 'own', kind: 'simulated', baseUrl: 'http://simulated.invalid' },
    { enabled: false },
  ],
  [
    '/prices',
    {
      owner: '',
      providerKind: 'openai',
      upstreamModel: 'm',
      effectiveFrom: '2026-01-01',
      price: { inputUsdPerMTok: '1', outputUsdPerMTok: '2' },
    },
    { source: 'contract' },
  ],
  [
    '/routing-rules',
    { owner: '', name: 'r', action: { type: 'use-model', model: 'public' } },
    { priority: 7 },
  ],
];

/** Others may depend on them, and could not go before. */
const DELETABLE = new Set(['/providers', '/routing-rules']);

let gateway: TestGateway;
let admin: AdminClient;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated() });
  admin = new AdminClient(gateway, gateway.adminToken);
});

afterAll(() => gateway.stop());

let count = 0;

async function createTenant(): Promise<{ id: string; path: string; locate: (path: string) => string }> {
  const { id } = await admin.create('/tenants', { name: `tenant ${(count += 1)}` });
  return { id, path: `/tenants/${id}`, locate: (path) => path.replace('{tenant}', `/tenants/${id}`) };
}

const addOwner = (body: Record<string, unknown>, id: string) =>
  'owner' in body ? { ...body, owner: id } : body;

function expectArchived({ status, json }: Answer): void {
  expect([status, json.code, json.detail ?? json.title]).toEqual([
    409,
    'conflict',
    expect.stringContaining('archived'),
  ]);
}

describe('an archived tenant', () => {
  it.each(ROWS)('gets nothing new, and keeps what it has as it is: %s', async (path, body, patch) => {
    const tenant = await createTenant();
    const collection = tenant.locate(path);
    const row = await admin.create(collection, addOwner(body, tenant.id));
    expect((await admin.delete(tenant.path)).status).toBe(204);
    expectArchived(
      await admin.post(collection, addOwner({ ...body, name: body['name'] && 'new' }, tenant.id)),
    );
    expectArchived(await admin.patch(`${collection}/${row.id}`, patch));
    expect((await admin.get(`${collection}/${row.id}`)).json).toEqual(row);
    const deleted = await admin.delete(`${collection}/${row.id}`);
    if (DELETABLE.has(path)) expect(deleted.status).toBe(204);
    else expectArchived(deleted);
  });

  it('gets no key, by creating or rotating one; what it has can be revoked', async () => {
    const tenant = await createTenant();
    const { key: _key, ...key } = await admin.create(`${tenant.path}/keys`, { name: 'k' });
    await admin.delete(tenant.path);
    const path = `${tenant.path}/keys/${key.id}`;
    expectArchived(await admin.post(`${tenant.path}/keys`, { name: 'new' }));
    expectArchived(await admin.post(`${path}/rotate`, { overlapSeconds: 60 }));
    expectArchived(await admin.patch(path, { name: 'renamed' }));
    expect((await admin.get(`${tenant.path}/keys`)).json.data).toEqual([key]);
    expect((await admin.delete(path)).status).toBe(204);
    expect((await admin.get(path)).json.status).toBe('revoked');
  });

  it('gets no administrator; those that it has can be revoked', async () => {
    const tenant = await createTenant();
    const body = { name: 'a', role: 'tenant-admin', tenantId: tenant.id };
    const { id } = await admin.create('/admins', body);
    await admin.delete(tenant.path);
    expectArchived(await admin.post('/admins', body));
    expectArchived(await admin.patch(`/admins/${id}`, { expiresAt: null }));
    expect((await admin.delete(`/admins/${id}`)).status).toBe(204);
  });

  it('keeps its name, status and cache policy', async () => {
    const tenant = await createTenant();
    await admin.delete(tenant.path);
    expectArchived(await admin.patch(tenant.path, { status: 'active' }));
    expectArchived(await admin.patch(`${tenant.path}/cache-policy`, { mode: 'off' }));
    const put = { mode: 'off', ttlSeconds: 1 };
    expectArchived(await admin.send('PUT', `${tenant.path}/cache-policy`, put, { 'if-match': '*' }));
    expect((await admin.get(`${tenant.path}/cache-policy`)).json.mode).toBe('deterministic');
    expect((await admin.delete(tenant.path)).status).toBe(204);
  });

  it('looks to the administrator of another like a tenant that does not exist', async () => {
    const [tenant, other] = [await createTenant(), await createTenant()];
    const { id } = await admin.create(`${tenant.path}/keys`, { name: 'k' });
    await admin.delete(tenant.path);
    const body = { name: 'a', role: 'tenant-admin', tenantId: other.id };
    const stranger = new AdminClient(gateway, (await admin.create('/admins', body)).key);
    const answers = [
      await stranger.post(`${tenant.path}/keys`, { name: 'x' }),
      await stranger.patch(`${tenant.path}/keys/${id}`, { name: 'x' }),
      await stranger.post(`${tenant.path}/keys/${id}/rotate`, {}),
      await stranger.post(`${tenant.path}/budgets`, { amountUsd: '5', period: 'day' }),
      await stranger.patch(`${tenant.path}/cache-policy`, { mode: 'off' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
  });

  it('has nothing that was made while it was being archived', async () => {
    const tenant = await createTenant();
    const makes = Array.from({ length: 8 }, (_, index) =>
      admin.post(`${tenant.path}/keys`, { name: `k${index}` }),
    );
    const [archived, ...made] = await Promise.all([admin.delete(tenant.path), ...makes]);
    expect(archived.status).toBe(204);
    expect(made.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    const log = await admin.get(`/audit-log?tenantId=${tenant.id}&limit=200`);
    const [last, ...before] = (log.json.data as { action: string }[]).map(({ action }) => action);
    expect(last).toBe('archive');
    const keysMade = made.filter(({ status }) => status === 201).length;
    expect(before.filter((action) => action === 'create')).toHaveLength(keysMade + 1);
  });
});
