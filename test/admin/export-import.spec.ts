import { randomBytes } from 'node:crypto';
import { parse } from 'yaml';
import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { PRICE } from '../support/gateway-configs.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const encryptionKey = randomBytes(32).toString('base64');
const YAML = { 'content-type': 'application/yaml' };
const JSON_TYPE = { 'content-type': 'application/json' };

let upstream: Upstream;
let source: TestGateway;
let target: TestGateway;

beforeAll(async () => {
  upstream = await startOpenAiUpstream();
  source = await TestGateway.start({ config: describeSource(), encryptionKey });
});

afterAll(async () => {
  await source.stop();
  await upstream.close();
});

beforeEach(async () => {
  target = await TestGateway.start({ config: {}, encryptionKey });
});

afterEach(() => target.stop());

/** A bit of everything that a document can hold. */
function describeSource() {
  const provider = { kind: 'openai', baseUrl: `${upstream.url}/v1`, apiKey: { env: 'UPSTREAM_KEY' } };
  const deployments = [{ provider: 'main', upstreamModel: 'upstream-model', price: PRICE }];
  return {
    providers: [{ name: 'main', ...provider }],
    models: [
      { name: 'public', deployments },
      { name: 'other', deployments: [{ ...deployments[0], upstreamModel: 'other-model' }] },
    ],
    prices: [{ providerKind: 'openai', upstreamModel: 'x', effectiveFrom: '2026-01-01', price: PRICE }],
    tenants: [
      {
        name: 'acme',
        keys: [{ name: 'main', tags: { team: 'a' } }, { name: 'limited' }, { name: 'tagged' }],
        providers: [{ name: 'own', ...provider }],
        models: [{ name: 'mine', deployments: [{ provider: 'own', upstreamModel: 'm', price: PRICE }] }],
        policies: [
          {
            name: 'no cards',
            detectors: [{ type: 'payment-card', id: 'card', severity: 'critical' }],
          },
        ],
        rateLimits: [{ scope: { key: 'limited' }, metric: 'requests', limit: 1, windowSeconds: 3_600 }],
        budgets: [{ amountUsd: '5.000000001', period: 'month', timeZone: 'Europe/Berlin' }],
        routingRules: [
          { name: 'reroute', conditions: { tag: 'team=b' }, action: { type: 'use-model', model: 'other' } },
        ],
        prices: [{ providerKind: 'openai', upstreamModel: 'y', effectiveFrom: '2026-01-01', price: PRICE }],
      },
    ],
  };
}

async function exportFrom(gateway: TestGateway, query = ''): Promise<string> {
  const { status, text } = await gateway.admin(`/export${query}`);
  expect(status).toBe(200);
  return text;
}

function importInto(gateway: TestGateway, body: string, query = '', headers: object = YAML): Promise<Answer> {
  return gateway.admin(`/import${query}`, { method: 'POST', body, headers: { ...headers } });
}

async function readVersion(gateway: TestGateway): Promise<number> {
  const [row] = await gateway.query('SELECT version FROM config_state');
  return Number(row.version);
}

const listImports = (gateway: TestGateway) =>
  gateway.query(`SELECT actor_name, after_json FROM audit_log WHERE action = 'import'`);

/** What does not belong to one installation: sealing gives another text each time. */
function withoutSeals(text: string): unknown {
  return parse(text.replaceAll(/v1:[\w:-]+/g, 'sealed'));
}

const bearer = (name: string) => ({ authorization: `Bearer ${source.key(name)}` });

it('holds no secret: keys as hashes, credentials sealed for the name of their provider', async () => {
  const text = await exportFrom(source);
  expect(text).not.toContain('test-key');
  expect(text).not.toContain(source.key());
  const document = parse(text);
  expect(document.providers[0].apiKey.sealed).toMatch(/^v1:[0-9a-f]{8}:/);
  expect(document.tenants[0].keys[0].key.sha256).toMatch(/^[0-9a-f]{64}$/);
  const json = await source.admin('/export?format=json');
  expect(json.headers.get('content-type')).toMatch(/^application\/json/);
  expect(withoutSeals(json.text)).toEqual(withoutSeals(text));
});

it.each(['viewer', 'tenant-admin'])('is for administrators of the platform, not for a %s', async (role) => {
  const admin = new AdminClient(source, source.adminToken);
  const [{ id: tenantId }] = (await admin.get('/tenants?name=acme')).json.data;
  const { key } = await admin.create('/admins', {
    name: role,
    role,
    tenantId: role === 'viewer' ? null : tenantId,
  });
  const caller = new AdminClient(source, key);
  const answers = [await caller.get('/export'), await caller.get('/export?format=json')];
  for (const { status, json } of answers) expect([status, json.code]).toEqual([403, 'access_denied']);
  expect((await caller.get('/providers')).status).toBe(200);
});

it('makes an empty installation answer like the exported one, credentials and limits included', async () => {
  const { status, json } = await importInto(target, await exportFrom(source));
  expect([status, json.counts?.create > 10]).toEqual([200, true]);
  upstream.reset();
  const answer = await eventually(async () => {
    const first = await target.chat({}, bearer('main'));
    return first.status === 200 ? first : null;
  });
  expect(answer.json.choices).toHaveLength(1);
  expect(upstream.requests[0]?.headers.authorization).toBe('Bearer test-key');
  expect((await target.chat({ model: 'mine' }, bearer('main'))).status).toBe(200);
  const card = { messages: [{ role: 'user', content: 'Pay with 4111 1111 1111 1111' }] };
  expect((await target.chat(card, bearer('main'))).status).toBe(400);
  expect((await target.chat({}, bearer('limited'))).status).toBe(200);
  expect((await target.chat({}, bearer('limited'))).status).toBe(429);
  upstream.reset();
  await target.chat({}, { ...bearer('tagged'), 'x-tokenpak-tags': 'team=b' });
  expect(upstream.requests[0]?.json).toMatchObject({ model: 'other-model' });
  expect(withoutSeals(await exportFrom(target))).toEqual(withoutSeals(await exportFrom(source)));
});

it('changes nothing when it is imported a second time, nor in the installation that it came from', async () => {
  const text = await exportFrom(source);
  await importInto(target, text);
  for (const gateway of [target, source]) {
    const [before, imports] = [await readVersion(gateway), await listImports(gateway)];
    const { status, json } = await importInto(gateway, text);
    expect(status).toBe(200);
    expect(json.counts).toMatchObject({ create: 0, update: 0, disable: 0, delete: 0 });
    expect(await readVersion(gateway)).toBe(before);
    expect(await listImports(gateway)).toEqual(imports);
  }
});

it('tells in a dry run what it would do, and does nothing', async () => {
  const before = await readVersion(target);
  const { status, json, text } = await importInto(target, await exportFrom(source), '?dryRun=true');
  expect(status).toBe(200);
  expect(json).toMatchObject({ dryRun: true, prune: false });
  expect(json.changes).toContainEqual({
    action: 'create',
    kind: 'key',
    name: 'tenants/acme/keys/main',
    fields: [],
  });
  expect(text).not.toMatch(/v1:|test-key/);
  expect(await readVersion(target)).toBe(before);
  expect(await target.query('SELECT id FROM tenants')).toEqual([]);
  expect(await listImports(target)).toEqual([]);
});

it('writes rows of the API, audited in the same step', async () => {
  await importInto(target, await exportFrom(source));
  const owners = await target.query('SELECT DISTINCT managed_by FROM providers');
  expect(owners).toEqual([{ managed_by: 'api' }]);
  const [entry, ...others] = await listImports(target);
  expect(others).toEqual([]);
  expect(entry.actor_name).toBe('bootstrap');
  expect(JSON.parse(entry.after_json).counts).toMatchObject({ update: 0, unchanged: 0 });
});

it('leaves alone what the document does not name, and with prune removes it', async () => {
  await importInto(target, await exportFrom(source));
  const document = parse(await exportFrom(target));
  delete document.tenants[0].policies;
  document.tenants[0].keys = document.tenants[0].keys.filter(
    ({ name }: { name: string }) => name !== 'limited',
  );
  delete document.tenants[0].rateLimits;
  delete document.tenants[0].providers;
  delete document.tenants[0].models;
  document.models.pop();
  document.tenants[0].routingRules[0].action.model = 'public';
  const body = JSON.stringify(document);
  const json = { 'content-type': 'application/json' };
  const kept = await importInto(target, body, '', json);
  expect(kept.json.counts).toMatchObject({ update: 1, disable: 0, delete: 0 });
  expect(await target.query('SELECT name FROM policies')).toHaveLength(1);

  const pruned = await importInto(target, body, '?prune=true', json);
  expect(pruned.status).toBe(200);
  expect(pruned.json.counts).toMatchObject({ create: 0, update: 0, disable: 1 });
  expect(await target.query('SELECT name FROM policies')).toEqual([]);
  expect(await target.query(`SELECT name FROM models ORDER BY name`)).toEqual([{ name: 'public' }]);
  expect(await target.query(`SELECT name FROM api_keys WHERE status = 'revoked'`)).toEqual([
    { name: 'limited' },
  ]);
  expect((await importInto(target, body, '?prune=true', json)).json.counts).toMatchObject({
    delete: 0,
    disable: 0,
  });
});

it('archives a tenant that was pruned, and brings it back no more', async () => {
  const text = await exportFrom(source);
  await importInto(target, text);
  const { tenants: _, ...platform } = parse(text);
  await importInto(target, JSON.stringify(platform), '?prune=true');
  expect(await target.query('SELECT status FROM tenants')).toEqual([{ status: 'archived' }]);
  const again = await importInto(target, text);
  expect(again.status).toBe(409);
  expect(again.text).toContain('tenants/acme is archived');
});

it('refuses credentials of another encryption key or provider, and names each provider', async () => {
  const text = await exportFrom(source);
  const stranger = await TestGateway.start({ config: {} });
  try {
    const { status, json } = await importInto(stranger, text);
    expect(status).toBe(409);
    const messages = json.errors.map(({ message }: { message: string }) => message.split(':')[0]);
    expect(messages.sort()).toEqual(['providers/main', 'tenants/acme/providers/own']);
  } finally {
    await stranger.stop();
  }
  const document = parse(text);
  document.providers[0].apiKey = document.tenants[0].providers[0].apiKey;
  const moved = await importInto(target, JSON.stringify(document));
  expect(moved.status).toBe(409);
  expect(moved.json.errors).toHaveLength(1);
});

it('changes no row of the configuration file', async () => {
  const document = parse(await exportFrom(source));
  document.models[0].deployments[0].weight = 7;
  document.tenants[0].status = 'suspended';
  const before = await readVersion(source);
  const { status, json } = await importInto(source, JSON.stringify(document));
  expect(status).toBe(409);
  expect(json.errors.map(({ message }: { message: string }) => message.split(' ')[0]).sort()).toEqual([
    'models/public',
    'tenants/acme',
  ]);
  expect(await readVersion(source)).toBe(before);
});

it('reads neither the environment nor files for whoever sends a document', async () => {
  const secrets = [{ env: 'UPSTREAM_KEY' }, { file: '/etc/hostname' }, { env: 'NOT_SET' }];
  for (const apiKey of secrets) {
    const provider = { name: 'p', kind: 'openai', apiKey };
    const { status, json } = await importInto(target, JSON.stringify({ providers: [provider] }));
    expect(status).toBe(400);
    expect(json.errors).toEqual([
      { field: 'providers[0].apiKey', message: expect.stringContaining('GATEWAY_CONFIG alone') },
    ]);
  }
});

it('finds both keys of a rotation again', async () => {
  await importInto(target, await exportFrom(source));
  const [row] = await target.query(`SELECT id, tenant_id FROM api_keys WHERE name = 'main'`);
  const rotated = await target.admin(`/tenants/${row.tenant_id}/keys/${row.id}/rotate`, {
    method: 'POST',
    body: '{"overlapSeconds":600}',
    headers: { 'if-match': '*' },
  });
  expect(rotated.status).toBe(201);
  const text = await exportFrom(target);
  expect(
    parse(text)
      .tenants[0].keys.map(({ name }: { name: string }) => name)
      .sort(),
  ).toEqual(['limited', 'main', 'main #2', 'tagged']);
  const { json } = await importInto(target, text, '?prune=true');
  expect(json.counts).toMatchObject({ create: 0, update: 0, disable: 0, delete: 0 });
});

it.each([
  ['what is not YAML', 'a: [', YAML, 400],
  ['an empty document', '', YAML, 400],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), YAML, 400],
  ['another media type', 'providers: []', { 'content-type': 'text/plain' }, 415],
  ['more than 4 MiB of YAML', 'x'.repeat(4 * 1_024 * 1_024 + 1), YAML, 413],
  ['more than 64 MiB of JSON', `{}${' '.repeat(64 * 1_024 * 1_024)}`, JSON_TYPE, 413],
  ['more than 4 MiB that is called JSON and is none', `a: ${'x'.repeat(4 * 1_024 * 1_024)}`, JSON_TYPE, 400],
  ['JSON with a member twice', '{"tenants":[],"\\u0074enants":[]}', JSON_TYPE, 400],
])('refuses %s', async (_, body, headers, expected) => {
  const before = await readVersion(target);
  const { status } = await importInto(target, body as string, '', headers);
  expect(status).toBe(expected);
  expect(await readVersion(target)).toBe(before);
});

it('loses no edit that is made while it runs', async () => {
  await importInto(target, await exportFrom(source));
  const [provider] = await target.query(`SELECT id FROM providers WHERE name = 'main'`);
  const document = parse(await exportFrom(target));
  const edits = Array.from({ length: 10 }, (_, index) =>
    target.admin(`/providers/${provider.id}`, {
      method: 'PATCH',
      body: JSON.stringify({ timeouts: { totalMs: 1_000 + index } }),
      headers: { 'if-match': '*' },
    }),
  );
  const imports = Array.from({ length: 4 }, (_, index) => {
    document.providers[0].timeouts = { totalMs: 2_000 + index };
    return importInto(target, JSON.stringify(document));
  });
  const answers = await Promise.all([...edits, ...imports]);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
});

it('tells every fault of a document with its line, and repeats no value of it', async () => {
  const body = 'providers:\n- name: p\n  kind: sk-secret\nfoo: 1\n';
  const { status, json, text } = await importInto(target, body);
  expect(status).toBe(400);
  expect(json.errors).toEqual([
    { field: 'providers[0].kind', message: expect.stringContaining('(line 3)') },
    { field: 'foo', message: expect.stringContaining('(line 4)') },
  ]);
  expect(text).not.toContain('sk-secret');
});

it('goes on serving while a large document is parsed', async () => {
  const tenants = Array.from({ length: 4_000 }, (_, index) => ({
    name: `tenant-${index}`,
    status: 'sleepy',
  }));
  const importing = importInto(target, JSON.stringify({ tenants }));
  const pending = new Set([importing]);
  void importing.finally(() => pending.clear());
  let answers = 0;
  for (; pending.size > 0; answers += 1) expect((await fetch(`${target.url}/health/live`)).status).toBe(200);
  expect((await importing).status).toBe(400);
  expect(answers).toBeGreaterThan(10);
});
