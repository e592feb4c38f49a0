import { hash, randomBytes } from 'node:crypto';
import { verifyAuditChain } from '../../src/admin/audit/verify-audit-chain.ts';
import { SQL_CLIENT } from '../../src/storage/database/sql-client.port.ts';
import { AdminClient } from '../support/admin-client.ts';
import { TestGateway } from '../support/gateway.ts';
import { PRICE } from '../support/gateway-configs.ts';

const ENTRIES = 'SELECT * FROM audit_log ORDER BY seq';
const WEBHOOK = 'https://hooks.example.com/T1/secret';
const encryptionKey = randomBytes(32).toString('base64');

const key = (name: string, text = name) => ({ name, key: { sha256: hash('sha256', text, 'hex') } });

function describeTenant(name: string, change: object = {}) {
  return {
    name,
    keys: [key('ci', `${name} ci`)],
    budgets: [{ name: 'cap', tokens: 1_000, period: 'day', webhookUrl: WEBHOOK }],
    ...change,
  };
}

const provider = { name: 'main', kind: 'openai', baseUrl: 'https://api.example.com/v1' };
const FILE = {
  providers: [{ ...provider, apiKey: { env: 'UPSTREAM_KEY' } }],
  models: [{ name: 'public', deployments: [{ provider: 'main', upstreamModel: 'm', price: PRICE }] }],
  rateLimits: [{ name: 'all', metric: 'requests', limit: 1_000 }],
  tenants: [describeTenant('acme')],
};

async function verify(gateway: TestGateway) {
  return verifyAuditChain(gateway.app.get(SQL_CLIENT));
}

function importDocument(gateway: TestGateway, document: object, query = '') {
  return gateway.admin(`/import${query}`, { method: 'POST', body: JSON.stringify(document) });
}

describe('the file of GATEWAY_CONFIG', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: FILE, encryptionKey });
  });
  afterAll(() => gateway.stop());

  const restart = (config: object, env: Record<string, string> = {}) =>
    TestGateway.start({
      config,
      encryptionKey,
      env,
      database: gateway.database,
      redisUrl: process.env['TEST_REDIS_URL'] ?? '',
    });

  it('is audited row by row, by the actor "file"', async () => {
    const entries = await gateway.query(ENTRIES);
    expect(entries.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'import configuration',
      'create tenants',
      'create cache-policy',
      'create keys',
      'create providers',
      'create models',
      'create rate-limits',
      'create budgets',
    ]);
    expect(new Set(entries.map(({ actor_id, ip }) => `${actor_id} ${ip}`))).toEqual(new Set(['file local']));
    expect(new Set(entries.map(({ request_id }) => request_id)).size).toBe(1);
    const [{ id: tenantId }] = await gateway.query('SELECT id FROM tenants');
    expect(entries.map(({ tenant_id }) => tenant_id)).toEqual([
      null,
      tenantId,
      tenantId,
      tenantId,
      null,
      null,
      null,
      tenantId,
    ]);
    const model = JSON.parse(entries[5].after_json);
    expect(model.deployments).toEqual([expect.objectContaining({ upstreamModel: 'm', price: PRICE })]);
    const text = JSON.stringify(entries);
    for (const secret of ['test-key', 'T1/secret', 'v1:', hash('sha256', 'acme ci', 'hex')])
      expect(text).not.toContain(secret);
  });

  it('writes no entry at a restart that changes nothing', async () => {
    const before = await gateway.query(ENTRIES);
    const again = await restart(FILE);
    await again.stop();
    expect(await gateway.query(ENTRIES)).toEqual(before);
  });

  it('is audited with both versions of what a restart changes, secrets by their fingerprints', async () => {
    const { length } = await gateway.query(ENTRIES);
    const tenant = describeTenant('acme', { keys: [key('ci', 'another')], cache: { mode: 'off' } });
    const models = [
      { name: 'public', deployments: [{ provider: 'main', upstreamModel: 'm2', price: PRICE }] },
    ];
    const changed = await restart(
      { ...FILE, models, rateLimits: [], tenants: [tenant] },
      { UPSTREAM_KEY: 'new' },
    );
    await changed.stop();
    const entries = (await gateway.query(ENTRIES)).slice(length).map((entry) => ({
      what: `${entry.action} ${entry.resource}`,
      before: JSON.parse(entry.before_json),
      after: JSON.parse(entry.after_json),
    }));
    const [, cache, ci, main, model, limit] = entries;
    expect(entries.map(({ what }) => what)).toEqual([
      'import configuration',
      'update cache-policy',
      'update keys',
      'update providers',
      'update models',
      'update rate-limits',
    ]);
    expect([cache?.before.mode, cache?.after.mode]).toEqual(['deterministic', 'off']);
    expect(ci?.after.secretFingerprint).not.toBe(ci?.before.secretFingerprint);
    expect(main?.after.apiKeyFingerprint).not.toBe(main?.before.apiKeyFingerprint);
    expect([model?.before, model?.after].map(({ deployments }) => deployments[0].upstreamModel)).toEqual([
      'm',
      'm2',
    ]);
    expect([limit?.before.enabled, limit?.after.enabled]).toEqual([true, false]);
    expect(await verify(gateway)).toEqual({ isIntact: true, entries: length + entries.length });
  });
});

describe('an import through the API', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await TestGateway.start({ config: {}, encryptionKey });
  });
  afterEach(() => gateway.stop());

  async function createTenantAdmin(name: string): Promise<AdminClient> {
    const [{ id }] = await gateway.query('SELECT id FROM tenants WHERE name = $1', [name]);
    const admin = new AdminClient(gateway, gateway.adminToken);
    const { key: token } = await admin.create('/admins', { name, role: 'tenant-admin', tenantId: id });
    return new AdminClient(gateway, token);
  }

  it('shows a tenant what became of its own rows, by whom and from where, and nothing of others', async () => {
    await importDocument(gateway, {
      ...FILE,
      providers: [provider],
      tenants: [describeTenant('acme'), describeTenant('beta')],
    });
    const acme = await createTenantAdmin('acme');
    const budgets = [{ name: 'cap', tokens: 9, period: 'day', webhookUrl: `${WEBHOOK}2` }];
    await importDocument(gateway, { tenants: [describeTenant('acme', { budgets })] });
    const { json, text } = await acme.get('/audit-log');
    const [newest, ...others] = json.data;
    expect(newest).toMatchObject({
      actor: { id: 'bootstrap' },
      ip: '127.0.0.1',
      action: 'update',
      resource: 'budgets',
      before: { tokens: 1_000, webhookUrl: 'https://hooks.example.com/***' },
      after: { tokens: 9, webhookUrl: 'https://hooks.example.com/***' },
    });
    expect(newest.after.webhookFingerprint).not.toBe(newest.before.webhookFingerprint);
    expect(new Set(others.map(({ resource }: any) => resource))).toEqual(
      new Set(['budgets', 'keys', 'cache-policy', 'tenants', 'admins']),
    );
    expect(text).not.toMatch(/example.com\/T1|beta|"public"/);
    const [summary] = await gateway.query(
      `SELECT * FROM audit_log WHERE action = 'import' ORDER BY seq DESC`,
    );
    expect(summary.request_id).toBe(newest.requestId);
    expect(JSON.parse(summary.after_json).counts).toMatchObject({ create: 0, update: 1 });
  });

  it('keeps what pruning takes away', async () => {
    await importDocument(gateway, { providers: [provider], tenants: [describeTenant('acme')] });
    const { length } = await gateway.query(ENTRIES);
    await importDocument(gateway, { tenants: [] }, '?prune=true');
    const entries = (await gateway.query(ENTRIES)).slice(length + 1);
    expect(entries.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'archive tenants',
      'revoke keys',
      'delete providers',
      'delete budgets',
    ]);
    const [, , , budget] = entries;
    expect(JSON.parse(budget.before_json).tokens).toBe(1_000);
    expect([budget.after_json, budget.tenant_id]).toEqual([null, entries[0].resource_id]);
  });

  it('writes neither rows nor entries when it fails', async () => {
    const sealed = { sealed: `v1:00000000:a:b:c` };
    const answer = await importDocument(gateway, {
      tenants: [describeTenant('acme')],
      providers: [{ ...provider, apiKey: sealed }],
    });
    expect(answer.status).toBe(409);
    expect(await gateway.query(ENTRIES)).toEqual([]);
  });

  it('chains ten thousand entries that doctor finds intact, and others wait for them without a failure', async () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => key(`key ${index}`));
    const admin = new AdminClient(gateway, gateway.adminToken);
    const importing = importDocument(gateway, { tenants: [describeTenant('acme', { keys })] });
    const created = [];
    for (let count = 0; count < 10; count += 1)
      created.push(await admin.post('/tenants', { name: `t${count}` }));
    const answer = await importing;
    expect(answer.json.counts.create).toBe(10_002);
    expect(created.map(({ status }) => status)).toEqual(created.map(() => 201));
    // Tenant with its cache policy, keys, budget; the import itself; the tenants beside it.
    expect(await verify(gateway)).toEqual({ isIntact: true, entries: 10_000 + 3 + 1 + 10 });
  });
});

it('lets deletions, edits and imports run at the same time without waiting for each other in a circle', async () => {
  const gateway = await TestGateway.start({ config: {} });
  try {
    const admin = new AdminClient(gateway, gateway.adminToken);
    const limits = await Promise.all(
      Array.from({ length: 30 }, () => admin.create('/rate-limits', { metric: 'requests', limit: 1 })),
    );
    const statuses = await Promise.all(
      limits.map(async ({ id }, index) => {
        if (index % 3 === 0) return (await admin.delete(`/rate-limits/${id}`)).status;
        if (index % 3 === 1) return (await admin.patch(`/rate-limits/${id}`, { limit: 2 })).status;
        return (await importDocument(gateway, { tenants: [{ name: `t${index}` }] })).status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 204]));
    expect(await verify(gateway)).toMatchObject({ isIntact: true });
  } finally {
    await gateway.stop();
  }
});
