import type { KeyId, TenantId } from '../../src/common/ids.ts';
import { RefusalLedger } from '../../src/support/monitor/refusal-ledger.service.ts';
import { ADMIN_OPERATIONS } from '../../src/admin/openapi/admin-operations.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { DocumentedClient } from './support/documented-client.ts';

const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '2', cacheReadUsdPerMTok: '0.1' };
const detectors = [
  { type: 'keyword', id: 'words', severity: 'low', keywords: ['red'] },
  { type: 'regex', id: 'pattern', severity: 'high', pattern: 'a+' },
  { type: 'email', id: 'mail', severity: 'medium' },
  { type: 'size', id: 'size', severity: 'critical', maxCharacters: 10_000 },
];

let gateway: TestGateway;
let client: DocumentedClient;
let tenantId: string;
let keyId: string;
let providerId: string;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated() });
  client = new DocumentedClient(gateway);
  tenantId = (await client.call('createTenant', { body: { name: 'documented' } })).json.id;
  keyId = (await client.call('createKey', { params: { tenantId }, body: { name: 'k' } })).json.id;
  const body = { name: 'p', kind: 'simulated', baseUrl: 'http://simulated.invalid', apiKey: 'sk-1' };
  providerId = (await client.call('createProvider', { body })).json.id;
});

afterAll(() => gateway.stop());

interface Life {
  /** As in the operation ids. */
  name: string;
  input: () => object;
  patch: object;
  isBelowTenant?: boolean;
}

const budget: Omit<Life, 'name'> = {
  input: () => ({
    amountUsd: '5',
    period: 'day',
    alertPercents: [50],
    webhookUrl: 'http://127.0.0.1:9/hook',
  }),
  patch: { mode: 'soft', webhookUrl: null },
};
const rateLimit: Omit<Life, 'name'> = {
  input: () => ({ metric: 'tokens', limit: 10_000_000, scope: { model: 'm', tag: 'team=a' } }),
  patch: { windowSeconds: 5 },
};
const policy: Omit<Life, 'name'> = {
  input: () => ({ name: 'documented', detectors, mode: 'shadow' }),
  patch: { actions: { low: 'flag' } },
};

const LIVES: Life[] = [
  { name: 'Tenant', input: () => ({ name: 'another' }), patch: { status: 'suspended' } },
  {
    name: 'Key',
    input: () => ({
      name: 'full',
      tags: { a: 'b' },
      allowedModels: ['*'],
      expiresAt: '2040-01-01T00:00:00Z',
    }),
    patch: { user: 'ada', expiresAt: null },
    isBelowTenant: true,
  },
  { name: 'Admin', input: () => ({ name: 'a', role: 'tenant-admin', tenantId }), patch: { name: 'b' } },
  { name: 'PlatformBudget', ...budget },
  { name: 'TenantBudget', ...budget, isBelowTenant: true },
  { name: 'PlatformRateLimit', ...rateLimit },
  { name: 'TenantRateLimit', ...rateLimit, isBelowTenant: true },
  { name: 'PlatformPolicy', ...policy },
  { name: 'TenantPolicy', ...policy, isBelowTenant: true },
  {
    name: 'Provider',
    input: () => ({ name: 'q', kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1' }),
    patch: { breaker: { openSeconds: 5 }, timeouts: { totalMs: 10 } },
  },
  {
    name: 'Model',
    input: () => ({ name: 'documented', deployments: [{ providerId, upstreamModel: 'simulated-1', price }] }),
    patch: { strategy: 'weighted' },
  },
  {
    name: 'RoutingRule',
    input: () => ({
      name: 'r',
      conditions: { stream: true },
      action: { type: 'use-providers', providers: ['p'] },
    }),
    patch: { priority: 3 },
  },
  {
    name: 'Price',
    input: () => ({ providerKind: 'openai', upstreamModel: 'x', effectiveFrom: '2026-01-01', price }),
    patch: { source: 'contract' },
  },
];

const pluralize = (name: string) => `${name.replace(/(?<=[^aeiou])y$/, 'ie')}s`;

// The client throws where an answer is not what the document says.
it.each(LIVES)(
  'answers as documented through the life of: $name',
  async ({ name, input, patch, isBelowTenant }) => {
    const below: Record<string, string> = isBelowTenant === true ? { tenantId } : {};
    const headers = { 'idempotency-key': `life of ${name}`.replaceAll(' ', '-') };
    const created = await client.call(`create${name}`, { params: below, body: input(), headers });
    expect(created.status).toBe(201);
    const replayed = await client.call(`create${name}`, { params: below, body: input(), headers });
    expect(replayed.headers.get('location')).toBe(created.headers.get('location'));
    const params = { ...below, id: created.json.id as string };
    const read = await client.call(`read${name}`, { params });
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
    const page = await client.call(`list${pluralize(name)}`, { params: below, query: { limit: '200' } });
    expect(page.json.data).toContainEqual(read.json);
    const ifMatch = { 'if-match': read.headers.get('etag') ?? '' };
    const updated = await client.call(`update${name}`, { params, body: patch, headers: ifMatch });
    expect(updated.json).toMatchObject(patch);
    const stale = await client.call(`update${name}`, { params, body: patch, headers: ifMatch });
    expect(stale.status).toBe(412);
    const deleted = await client.call(`delete${name}`, { params, headers: { 'if-match': '*' } });
    expect(deleted.status).toBe(204);
  },
);

it('answers as documented: rotation, cache policy, provider test, explanation, unpriced models', async () => {
  const rotated = await client.call('rotateKey', {
    params: { tenantId, id: keyId },
    body: { overlapSeconds: 60 },
  });
  expect(rotated.status).toBe(201);
  const params = { tenantId };
  const read = await client.call('readCachePolicy', { params });
  const headers = { 'if-match': read.headers.get('etag') ?? '' };
  const put = { params, body: { mode: 'off', ttlSeconds: 5 }, headers };
  expect((await client.call('replaceCachePolicy', put)).json).toEqual(put.body);
  const patch = { params, body: { mode: 'always' }, headers: { 'if-match': '*' } };
  expect((await client.call('updateCachePolicy', patch)).json).toMatchObject(patch.body);
  expect((await client.call('testProvider', { params: { id: providerId } })).json.ok).toBe(true);
  const question = { body: { tenantId, model: 'public' } };
  expect((await client.call('explainRouting', question)).json.candidates).toHaveLength(1);
  expect((await client.call('listUnpricedModels')).status).toBe(200);
});

it('answers as documented about what requests left behind', async () => {
  const answer = await gateway.chat({});
  expect(answer.status).toBe(200);
  const { id } = await gateway.trace(answer);
  await gateway.ledger(1);
  expect((await client.call('readTrace', { params: { id } })).json.id).toBe(id);
  expect((await client.call('listTraces')).json.data).not.toEqual([]);
  expect((await client.call('readStats')).json.tenants).not.toEqual([]);
  expect(
    (await client.call('readUsage', { query: { groupBy: 'tenant,model', interval: 'hour' } })).status,
  ).toBe(200);
  gateway.app.get(RefusalLedger).count(tenantId as TenantId, keyId as KeyId, 'tokens');
  await gateway.app.get(RefusalLedger).flush();
  expect((await client.call('readRefusals', { query: { interval: 'day' } })).json.data).not.toEqual([]);
  expect((await client.call('readUsage', { query: { format: 'csv' } })).text).toContain('requests');
  expect((await client.call('exportUsage')).text).not.toBe('');
  expect((await client.call('listAuditLog')).json.data).not.toEqual([]);
  expect((await client.call('listAuditLog', { query: { format: 'ndjson' } })).text).toContain('\n');
});

it('answers as documented what is open', async () => {
  const open = ADMIN_OPERATIONS.filter(({ isOpen, path }) => isOpen === true && !path.includes('{'));
  expect(open.length).toBeGreaterThan(4);
  for (const { id } of [...open, { id: 'readMetrics' }]) expect((await client.call(id)).status).toBe(200);
});

it('refuses a query member that comes twice', async () => {
  const lists = ADMIN_OPERATIONS.filter(({ query }) => query !== undefined && 'limit' in query.shape);
  expect(lists.length).toBeGreaterThan(10);
  for (const { path } of lists) {
    const url = `${gateway.adminUrl}${path.replace('{tenantId}', tenantId)}?limit=1&limit=2`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${gateway.adminToken}` } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [expect.objectContaining({ field: 'limit' })],
    });
  }
});

it.each([
  ['/admin/v1/tenants/%zz', 400],
  ['/admin/v1/tenants/%ED%A0%80/keys', 400],
  [`/admin/v1/tenants/${'x'.repeat(200)}`, 404],
])('answers a path that the router cannot read with a problem (%s)', async (path, status) => {
  const response = await fetch(gateway.adminUrl + path);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(await response.json()).toMatchObject({ status });
});

it('refuses texts that the database cannot hold, wherever they stand', async () => {
  const listed = await client.call('listTraces', { query: { rule: '\u0000' } });
  expect(listed.json.errors).toEqual([expect.objectContaining({ field: 'rule' })]);
  const body = { name: 'a\ud800', tags: { team: 'b\u0000' } };
  const created = await client.call('createKey', { params: { tenantId }, body });
  const fields = created.json.errors.map(({ field }: { field: string }) => field);
  expect(fields).toEqual(expect.arrayContaining(['name', 'tags.team']));
});
