import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let admin: AdminClient;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: {} });
  admin = new AdminClient(gateway, gateway.adminToken);
});

afterAll(() => gateway.stop());

let count = 0;
const unique = (stem: string) => `${stem}-${(count += 1)}`;

const createProvider = (owner: string, name: string) =>
  admin.create('/providers', { owner, name, kind: 'simulated', baseUrl: 'http://simulated.invalid' });

async function createModel(owner: string, name: string, providerId?: string) {
  const id = providerId ?? (await createProvider(owner, unique('for-model'))).id;
  return admin.create('/models', {
    owner,
    name,
    deployments: [{ providerId: id, upstreamModel: 'simulated-1' }],
  });
}

const createRule = (owner: string, action: object, more: object = {}) =>
  admin.create('/routing-rules', { owner, name: unique('rule'), action, ...more });

const createTenant = async (): Promise<string> =>
  (await admin.create('/tenants', { name: unique('tenant') })).id;

function expectUsed({ status, json }: Answer, names: string[]): void {
  expect([status, json.code]).toEqual([409, 'conflict']);
  for (const name of names) expect(JSON.stringify(json)).toContain(name);
}

const COLLECTIONS = ['/models', '/providers'] as const;

/** A model or a provider, and the action that names it. */
const create = (path: (typeof COLLECTIONS)[number], owner: string, name: string) =>
  path === '/models' ? createModel(owner, name) : createProvider(owner, name);
const actionOn = (path: (typeof COLLECTIONS)[number], name: string) =>
  path === '/models'
    ? { type: 'use-model', model: name }
    : { type: 'use-providers', providers: ['shared', name] };

beforeAll(async () => {
  await createProvider('platform', 'shared');
});

describe.each(COLLECTIONS)('%s that a routing rule names', (path) => {
  it('keep their name and stay, until the rule is gone', async () => {
    const name = unique('named');
    const row = await create(path, 'platform', name);
    const rule = await createRule('platform', actionOn(path, name));
    expectUsed(await admin.patch(`${path}/${row.id}`, { name: unique('other') }), [rule.name]);
    expectUsed(await admin.delete(`${path}/${row.id}`), [rule.name]);
    expect((await admin.get(`${path}/${row.id}`)).json).toEqual(row);
    const [key, value] = path === '/models' ? ['strategy', 'weighted'] : ['timeouts', { totalMs: 5 }];
    expect((await admin.patch(`${path}/${row.id}`, { name, [key]: value })).status).toBe(200);
    expect((await admin.delete(`/routing-rules/${rule.id}`)).status).toBe(204);
    expect((await admin.patch(`${path}/${row.id}`, { name: unique('other') })).status).toBe(200);
    expect((await admin.delete(`${path}/${row.id}`)).status).toBe(204);
  });

  it('stay for rules that are switched off, which nobody checks again', async () => {
    const name = unique('named');
    const row = await create(path, 'platform', name);
    const rule = await createRule('platform', actionOn(path, name), { enabled: false });
    expectUsed(await admin.delete(`${path}/${row.id}`), [rule.name]);
  });

  it("of the platform stay for a tenant's rule, unless the tenant has one of the name", async () => {
    const name = unique('named');
    const [tenant, row] = [await createTenant(), await create(path, 'platform', name)];
    const rule = await createRule(tenant, actionOn(path, name));
    expectUsed(await admin.delete(`${path}/${row.id}`), [rule.name]);
    const own = await create(path, tenant, name);
    expect((await admin.patch(`${path}/${own.id}`, { enabled: false })).status).toBe(200);
    expectUsed(await admin.delete(`${path}/${row.id}`), [rule.name]);
    expect((await admin.patch(`${path}/${own.id}`, { enabled: true })).status).toBe(200);
    expect((await admin.delete(`${path}/${row.id}`)).status).toBe(204);
    expectUsed(await admin.delete(`${path}/${own.id}`), [rule.name]);
  });

  it("of a tenant stay for that tenant's rules alone", async () => {
    const name = unique('named');
    const [tenant, other] = [await createTenant(), await createTenant()];
    const row = await create(path, tenant, name);
    await create(path, other, name);
    await createRule(other, actionOn(path, name));
    expect((await admin.delete(`${path}/${row.id}`)).status).toBe(204);
  });

  it("of the platform can go when the rules that name them are an archived tenant's", async () => {
    const name = unique('named');
    const [tenant, row] = [await createTenant(), await create(path, 'platform', name)];
    await createRule(tenant, actionOn(path, name));
    await admin.delete(`/tenants/${tenant}`);
    expect((await admin.delete(`${path}/${row.id}`)).status).toBe(204);
  });

  it('are there before a rule names them, whoever comes first', async () => {
    for (let round = 0; round < 6; round += 1) {
      const name = unique('raced');
      const row = await create(path, 'platform', name);
      const rule = { name: unique('rule'), action: actionOn(path, name) };
      const [made, gone] = await Promise.all([
        admin.post('/routing-rules', rule),
        admin.delete(`${path}/${row.id}`),
      ]);
      expect([
        [201, 409],
        [400, 204],
      ]).toContainEqual([made.status, gone.status]);
    }
  });

  it('are not taken away by an import either, and it brings no rule that names what is not there', async () => {
    const name = unique('named');
    const row = await create(path, 'platform', name);
    const tenant = await createTenant();
    const rule = await createRule(tenant, actionOn(path, name));
    const document = (await gateway.admin('/export?format=json')).json;
    const section = path === '/models' ? 'models' : 'providers';
    document[section] = document[section].filter((item: { name: string }) => item.name !== name);
    const without = { ...document, tenants: undefined, routingRules: [] };
    const importing = (body: object, query: string) =>
      gateway.admin(`/import${query}`, { method: 'POST', body: JSON.stringify(body) });
    const kept = document.tenants.map(({ routingRules, ...others }: any) => ({ ...others, routingRules }));
    const pruned = await importing({ ...without, tenants: kept }, '?prune=true&dryRun=true');
    // Providers that a document's rules name must stand in it, so that one is refused before it is planned.
    const expected = path === '/models' ? 409 : 400;
    expect(pruned.status).toBe(expected);
    expect(JSON.stringify(pruned.json)).toContain(
      path === '/models' ? rule.name : 'no provider of this name',
    );
    const lost = { routingRules: [{ name: unique('lost'), action: actionOn(path, unique('nowhere')) }] };
    const refused = await importing(lost, '?dryRun=true');
    expect(refused.status).toBe(expected);
    expect((await admin.get(`${path}/${row.id}`)).status).toBe(200);
  });
});

describe('a provider', () => {
  it('stays for the deployments that it serves', async () => {
    const provider = await createProvider('platform', unique('used'));
    const model = await createModel('platform', unique('model'), provider.id);
    expectUsed(await admin.delete(`/providers/${provider.id}`), [model.name]);
    expect((await admin.patch(`/providers/${provider.id}`, { name: unique('renamed') })).status).toBe(200);
  });

  it('is asked for no model that it does not understand, whoever changes', async () => {
    const provider = await createProvider('platform', unique('simulated'));
    const deployments = [{ providerId: provider.id, upstreamModel: 'sim:nonsense=2' }];
    const refused = await admin.post('/models', { name: unique('m'), deployments });
    expect(refused.status).toBe(400);
    expect(refused.json.errors).toEqual([expect.objectContaining({ field: 'deployments[0].upstreamModel' })]);
    const openai = { name: unique('o'), kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1' };
    const other = await admin.create('/providers', openai);
    const placed = [{ providerId: other.id, upstreamModel: 'sim:nonsense=2' }];
    const model = await admin.create('/models', { name: unique('m'), deployments: placed });
    expect((await admin.patch(`/models/${model.id}`, { deployments })).status).toBe(400);
    const turned = await admin.patch(`/providers/${other.id}`, { kind: 'simulated' });
    expect(turned.json.errors).toEqual([
      { field: 'kind', message: expect.stringContaining(model.name as string) },
    ]);
  });

  it('has settings only where they mean something', async () => {
    const openai = { name: unique('o'), kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1' };
    const refused = await admin.post('/providers', { ...openai, settings: { latency: 1 } });
    expect(refused.json.errors).toEqual([expect.objectContaining({ field: 'settings' })]);
    const provider = await createProvider('platform', unique('simulated'));
    const path = `/providers/${provider.id}`;
    expect((await admin.patch(path, { settings: { latency: 5 } })).status).toBe(200);
    expect((await admin.patch(path, { settings: { nonsense: 5 } })).status).toBe(400);
    expect((await admin.patch(path, { kind: 'openai', baseUrl: openai.baseUrl })).status).toBe(400);
    expect((await admin.patch(path, { ...openai, settings: null })).status).toBe(200);
  });
});

it('a rule that no request could follow is refused, one that some models satisfy is not', async () => {
  const tenantId = await createTenant();
  const [here, elsewhere] = [unique('here'), unique('elsewhere')];
  const provider = await createProvider(tenantId, here);
  await createProvider(tenantId, elsewhere);
  const model = unique('model');
  const moved = await createModel(tenantId, model, provider.id);
  const narrow = (conditions: object, ...providers: string[]) => ({
    owner: tenantId,
    name: unique('rule'),
    conditions,
    action: { type: 'use-providers', providers },
  });
  const { status, json } = await admin.post('/routing-rules', narrow({ model }, elsewhere));
  expect([status, json.code]).toEqual([400, 'invalid_request']);
  expect(json.errors).toEqual([
    { field: 'action.providers', message: 'No model that the rule matches has a deployment on them' },
  ]);
  const rule = await admin.create('/routing-rules', narrow({ model }, elsewhere, here));
  await admin.create('/routing-rules', narrow({}, here));
  await admin.create('/routing-rules', narrow({ model: 'still-to-come-*' }, elsewhere));
  const patch = async (change: object) => (await admin.patch(`/routing-rules/${rule.id}`, change)).status;
  expect(await patch(narrow({ model }, elsewhere))).toBe(400);
  // Models may leave a rule; what is left of it can be looked after.
  const { id } = await createProvider(tenantId, unique('third'));
  await admin.patch(`/models/${moved.id}`, {
    deployments: [{ providerId: id, upstreamModel: 'simulated-1' }],
  });
  expect(await patch({ priority: 7 })).toBe(200);
  expect(await patch({ enabled: false })).toBe(200);
  expect(await patch({ enabled: true })).toBe(400);
});

it('lets traffic go where a rule says, after every change that was accepted', async () => {
  const name = unique('target');
  const [tenant, row] = [await createTenant(), await createModel('platform', name)];
  await createRule(tenant, actionOn('/models', name), { conditions: { model: 'asked-*' } });
  await createModel(tenant, 'asked-for');
  const { key } = await admin.create(`/tenants/${tenant}/keys`, { name: 'k' });
  const ask = async () => {
    const answer = await gateway.chat({ model: 'asked-for' }, { authorization: `Bearer ${key}` });
    return answer.status === 200 ? answer : null;
  };
  await eventually(ask);
  await admin.delete(`/models/${row.id}`);
  await admin.patch(`/models/${row.id}`, { name: unique('other') });
  await createModel(tenant, name);
  expect((await admin.delete(`/models/${row.id}`)).status).toBe(204);
  await eventually(ask);
});
