import { randomBytes } from 'node:crypto';
import { parse } from 'yaml';
import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

const SECRET = 'T024/B781/xJ9s-secret';
const URL_WITH_SECRET = `https://hooks.example.com/services/${SECRET}?token=${SECRET}`;
const REDACTED = 'https://hooks.example.com/***';
const encryptionKey = randomBytes(32).toString('base64');

let gateway: TestGateway;
let admin: AdminClient;
let tenantId: string;
let viewers: AdminClient[];

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated(), encryptionKey });
  admin = new AdminClient(gateway, gateway.adminToken);
  tenantId = (await admin.create('/tenants', { name: 'alerted' })).id;
  const tokens = [
    await admin.create('/admins', { name: 'platform viewer', role: 'viewer', tenantId: null }),
    await admin.create('/admins', { name: 'tenant viewer', role: 'viewer', tenantId }),
  ];
  viewers = tokens.map(({ key }) => new AdminClient(gateway, key));
});

afterAll(() => gateway.stop());

const createBudget = (webhookUrl: string | null) =>
  admin.create(`/tenants/${tenantId}/budgets`, { tokens: 1_000, period: 'day', webhookUrl });

async function listAudited(resourceId: string): Promise<any[]> {
  const { json } = await admin.get(`/audit-log?resourceId=${resourceId}`);
  return json.data.reverse();
}

it('shows the whole address to those who may write it, and its origin to those who may only read', async () => {
  const budget = await createBudget(URL_WITH_SECRET);
  const path = `/tenants/${tenantId}/budgets`;
  expect(budget.webhookUrl).toBe(URL_WITH_SECRET);
  expect((await admin.get(`${path}/${budget.id}`)).json.webhookUrl).toBe(URL_WITH_SECRET);
  for (const viewer of viewers) {
    const [one, list] = [await viewer.get(`${path}/${budget.id}`), await viewer.get(path)];
    expect(one.json.webhookUrl).toBe(REDACTED);
    expect(one.text + list.text).not.toContain(SECRET);
  }
});

it('keeps the address out of the audit log and tells a changed one from one that stayed', async () => {
  const budget = await createBudget(URL_WITH_SECRET);
  const path = `/tenants/${tenantId}/budgets/${budget.id}`;
  await admin.patch(path, { tokens: 2_000 });
  await admin.patch(path, { webhookUrl: `${URL_WITH_SECRET}2` });
  await admin.patch(path, { webhookUrl: null });
  await admin.delete(path);
  const [created, raised, moved, cleared, deleted] = await listAudited(budget.id);
  expect(created.after.webhookUrl).toBe(REDACTED);
  expect(raised.after.webhookFingerprint).toBe(raised.before.webhookFingerprint);
  expect(moved.after.webhookUrl).toBe(moved.before.webhookUrl);
  expect(moved.after.webhookFingerprint).not.toBe(moved.before.webhookFingerprint);
  expect(cleared.after).toMatchObject({ webhookUrl: null });
  expect(cleared.after).not.toHaveProperty('webhookFingerprint');
  expect(deleted.before.webhookUrl).toBeNull();
  const [{ text }] = await gateway.query("SELECT string_agg(audit_log::text, '') AS text FROM audit_log");
  expect(text).not.toContain(SECRET);
});

it('shows in the audit log that a credential was replaced, and nothing of it', async () => {
  const provider = await admin.create('/providers', {
    name: 'keyed',
    kind: 'openai',
    baseUrl: 'https://api.example.com/v1',
    apiKey: SECRET.replaceAll('/', '-'),
  });
  await admin.patch(`/providers/${provider.id}`, { name: 'renamed' });
  await admin.patch(`/providers/${provider.id}`, { apiKey: 'another-credential' });
  const [, renamed, replaced] = await listAudited(provider.id);
  expect(renamed.after.apiKeyFingerprint).toBe(renamed.before.apiKeyFingerprint);
  expect(replaced.after.apiKeyFingerprint).not.toBe(replaced.before.apiKeyFingerprint);
  expect(provider).not.toHaveProperty('apiKeyFingerprint');
});

it.each([
  ['with user and password', 'https://user:pass@hooks.example.com/x'],
  ['with a user alone', 'https://user@hooks.example.com/x'],
  ['that a viewer was shown', REDACTED],
  ['of another protocol', 'ftp://hooks.example.com/x'],
])('refuses an address %s, naming the field', async (_, webhookUrl) => {
  const body = { tokens: 1, period: 'day', webhookUrl };
  const { status, json } = await admin.post(`/tenants/${tenantId}/budgets`, body);
  expect([status, json.code]).toEqual([400, 'invalid_request']);
  expect(json.errors).toEqual([{ field: 'webhookUrl', message: expect.any(String) }]);
});

it('exports the address sealed, for nobody but administrators of the platform, and takes it in again for budgets of the same owner alone', async () => {
  await createBudget(URL_WITH_SECRET);
  for (const viewer of viewers) expect((await viewer.get('/export')).status).toBe(403);
  const { text } = await admin.get('/export');
  expect(text).not.toContain(SECRET);
  const document = parse(text);
  const tenant = document.tenants.find(({ name }: { name: string }) => name === 'alerted');
  const [{ webhookUrl }] = tenant.budgets.filter((budget: any) => budget.webhookUrl !== undefined);
  expect(webhookUrl).toEqual({ sealed: expect.stringMatching(/^v1:/) });
  const again = await importDocument(document);
  expect(again.json.counts).toMatchObject({ create: 0, update: 0 });
  const moved = { budgets: [{ name: 'moved', tokens: 1, period: 'day', webhookUrl }] };
  const refused = await importDocument(moved);
  expect(refused.status).toBe(409);
  expect(refused.json.errors[0].message).toMatch(/^budgets: a sealed webhookUrl does not open/);
  const target = await TestGateway.start({ config: {}, encryptionKey });
  try {
    const body = JSON.stringify({ tenants: [tenant] });
    const imported = await target.admin('/import', { method: 'POST', body });
    expect(imported.status).toBe(200);
    const rows = await target.query('SELECT webhook_url FROM budgets WHERE webhook_url IS NOT NULL');
    expect(rows).toContainEqual({ webhook_url: URL_WITH_SECRET });
  } finally {
    await target.stop();
  }
});

function importDocument(document: unknown) {
  return gateway.admin('/import', { method: 'POST', body: JSON.stringify(document) });
}
