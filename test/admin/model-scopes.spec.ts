import { AdminClient } from '../support/admin-client.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let admin: AdminClient;
let providerId: string;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: {} });
  admin = new AdminClient(gateway, gateway.adminToken);
  const provider = { name: 'shared', kind: 'simulated', baseUrl: 'http://simulated.invalid' };
  providerId = (await admin.create('/providers', provider)).id;
});

afterAll(() => gateway.stop());

let count = 0;
const unique = (stem: string) => `${stem}-${(count += 1)}`;

const createTenant = async (): Promise<string> =>
  (await admin.create('/tenants', { name: unique('tenant') })).id;

const createModel = (owner: string, name: string) =>
  admin.create('/models', { owner, name, deployments: [{ providerId, upstreamModel: 'simulated-1' }] });

const pathOf = (owner: string, collection: string) =>
  owner === 'platform' ? `/${collection}` : `/tenants/${owner}/${collection}`;

const COLLECTIONS = ['policies', 'rate-limits', 'budgets'] as const;
type Collection = (typeof COLLECTIONS)[number];

const NOUNS = { policies: 'policy', 'rate-limits': 'rate limit', budgets: 'budget' };

function createScoped(collection: Collection, owner: string, model: string, more: object = {}) {
  const members = {
    policies: () => ({ name: unique('policy'), detectors: [{ type: 'email', id: 'e', severity: 'low' }] }),
    'rate-limits': () => ({ metric: 'requests', limit: 5 }),
    budgets: () => ({ tokens: 5, period: 'day' }),
  };
  const body = { ...members[collection](), scope: { model }, ...more };
  return admin.create(pathOf(owner, collection), body);
}

function expectUsed({ status, json }: Answer, text: string): void {
  expect([status, json.code]).toEqual([409, 'conflict']);
  expect(JSON.stringify(json)).toContain(text);
}

describe.each(COLLECTIONS)('a model that is the scope of %s', (collection) => {
  it('keeps its name and stays, until the row is gone or means something else', async () => {
    const name = unique('scoped');
    const model = await createModel('platform', name);
    const row = await createScoped(collection, 'platform', name, { enabled: false });
    const told = `${NOUNS[collection]} ${row.name ?? row.id}`;
    expectUsed(await admin.patch(`/models/${model.id}`, { name: unique('other') }), told);
    expectUsed(await admin.delete(`/models/${model.id}`), told);
    expect((await admin.patch(`/models/${model.id}`, { name, strategy: 'weighted' })).status).toBe(200);
    // Only a policy's scope may be a pattern.
    const wider = collection === 'policies' ? `${name}*` : null;
    await admin.patch(`/${collection}/${row.id}`, { scope: { model: wider } });
    expect((await admin.patch(`/models/${model.id}`, { name: unique('other') })).status).toBe(200);
    expect((await admin.delete(`/models/${model.id}`)).status).toBe(204);
  });

  it('is held by the rows of those who can mean it, while nothing else of the name is there', async () => {
    const name = unique('scoped');
    const [tenant, stranger] = [await createTenant(), await createTenant()];
    const model = await createModel('platform', name);
    const row = await createScoped(collection, tenant, name);
    await createModel(stranger, name);
    const told = row.name ?? row.id;
    expectUsed(await admin.delete(`/models/${model.id}`), told);
    const own = await createModel(tenant, name);
    await admin.patch(`/models/${own.id}`, { enabled: false });
    expectUsed(await admin.delete(`/models/${model.id}`), told);
    await admin.patch(`/models/${own.id}`, { enabled: true });
    expect((await admin.delete(`/models/${model.id}`)).status).toBe(204);
    expectUsed(await admin.delete(`/models/${own.id}`), told);
  });

  it("can go while a platform's row still means a model of a tenant, and when it is a tenant's own", async () => {
    const name = unique('scoped');
    const tenant = await createTenant();
    const [model, own] = [await createModel('platform', name), await createModel(tenant, name)];
    await createScoped(collection, 'platform', name);
    expect((await admin.delete(`/models/${model.id}`)).status).toBe(204);
    expect((await admin.delete(`/models/${own.id}`)).status).toBe(204);
  });

  it("can go when what names it is another tenant's or an archived one's", async () => {
    const name = unique('scoped');
    const [tenant, archived] = [await createTenant(), await createTenant()];
    const model = await createModel('platform', name);
    const own = await createModel(tenant, unique('own'));
    await createScoped(collection, archived, name);
    await createScoped(collection, archived, own.name);
    expect((await admin.delete(`/models/${own.id}`)).status).toBe(204);
    await admin.delete(`/tenants/${archived}`);
    expect((await admin.delete(`/models/${model.id}`)).status).toBe(204);
  });
});

it('a model can go that keys are allowed to use, which may name models to come', async () => {
  const name = unique('allowed');
  const model = await createModel('platform', name);
  await admin.create(`/tenants/${await createTenant()}/keys`, { name: 'k', allowedModels: [name] });
  expect((await admin.delete(`/models/${model.id}`)).status).toBe(204);
});
