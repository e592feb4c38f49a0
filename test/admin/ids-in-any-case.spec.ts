import { z } from 'zod';
import { ADMIN_OPERATIONS } from '../../src/admin/openapi/admin-operations.ts';
import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

const ID = '0197f3a0-7c1e-7000-8000-00000000abcd';

/** Every id that a schema takes, at any depth. */
function listIdFields(schema: unknown): z.ZodUUID[] {
  if (schema instanceof z.ZodUUID) return [schema];
  if (schema instanceof z.ZodObject) return Object.values(schema.shape).flatMap(listIdFields);
  if (schema instanceof z.ZodArray) return listIdFields(schema.element);
  if (schema instanceof z.ZodRecord) return listIdFields(schema.valueType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(listIdFields);
  if (schema instanceof z.ZodPipe) return listIdFields(schema.in);
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault;
  return isWrapper ? listIdFields(schema.unwrap()) : [];
}

describe.each([
  ['queries', ADMIN_OPERATIONS.map(({ id, query }) => [id, listIdFields(query)] as const)],
  ['bodies', ADMIN_OPERATIONS.map(({ id, body }) => [id, listIdFields(body?.schema)] as const)],
] as const)('ids in %s', (_where, operations) => {
  const having = operations.filter(([, fields]) => fields.length > 0);

  it('are taken by many operations', () => {
    expect(having.length).toBeGreaterThan(10);
  });

  it.each(having)('are lower case after they came in: %s', (_id, fields) => {
    for (const field of fields) expect(field.parse(ID.toUpperCase())).toBe(ID);
  });
});

describe('an id in upper case', () => {
  let gateway: TestGateway;
  let admin: AdminClient;
  let tenantId: string;
  let key: { id: string; key: string };

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: configureSimulated() });
    admin = new AdminClient(gateway, gateway.adminToken);
    tenantId = (await admin.create('/tenants', { name: 'upper' })).id;
    key = await admin.create(`/tenants/${tenantId}/keys`, { name: 'k' });
  });

  afterAll(() => gateway.stop());

  const ask = (content: string) =>
    gateway.chat({ messages: [{ role: 'user', content }] }, { authorization: `Bearer ${key.key}` });

  it.each([
    ['policies', { name: 'p', detectors: [{ type: 'email', id: 'e', severity: 'high' }] }],
    ['budgets', { amountUsd: '5', period: 'day' }],
    ['rate-limits', { metric: 'requests', limit: 1_000 }],
  ])('scopes %s to the key, is shown in lower case and found in either', async (collection, base) => {
    const path = `/tenants/${tenantId}/${collection}`;
    const made = await admin.create(path, { ...base, scope: { keyId: key.id.toUpperCase() } });
    expect(made.scope).toEqual({ keyId: key.id });
    const patched = await admin.patch(`${path}/${made.id}`, { scope: { keyId: key.id.toUpperCase() } });
    expect(patched.json.scope).toEqual({ keyId: key.id });
    const { json } = await admin.get(`${path}?keyId=${key.id.toUpperCase()}`);
    expect(json.data).toMatchObject([{ id: made.id }]);
    await admin.delete(`${path}/${made.id}`);
  });

  it('scopes a policy that blocks what it must', async () => {
    const policy = {
      name: 'words',
      scope: { keyId: key.id.toUpperCase() },
      detectors: [{ type: 'keyword', id: 'w', severity: 'high', keywords: ['forbidden'] }],
      actions: { high: 'block' },
    };
    await admin.create(`/tenants/${tenantId}/policies`, policy);
    const refused = await eventually(async () => {
      const answer = await ask('this is forbidden');
      return answer.status === 400 ? answer : null;
    });
    expect(refused.json.error.code).toBe('policy_violation');
  });

  it('names owners, providers and conditions as one in lower case does', async () => {
    const provider = await admin.create('/providers', {
      owner: tenantId.toUpperCase(),
      name: 'own',
      kind: 'simulated',
      baseUrl: 'http://simulated.invalid',
    });
    expect(provider.owner).toBe(tenantId);
    const model = await admin.create('/models', {
      owner: tenantId.toUpperCase(),
      name: 'own',
      deployments: [{ providerId: provider.id.toUpperCase(), upstreamModel: 'simulated-1' }],
    });
    expect(model.deployments).toMatchObject([{ providerId: provider.id }]);
    const rule = await admin.create('/routing-rules', {
      owner: tenantId.toUpperCase(),
      name: 'r',
      conditions: { keyId: key.id.toUpperCase() },
      action: { type: 'use-model', model: 'own' },
    });
    expect(rule).toMatchObject({ owner: tenantId, conditions: { keyId: key.id } });
    const question = { tenantId: tenantId.toUpperCase(), keyId: key.id.toUpperCase(), model: 'public' };
    const explained = await eventually(async () => {
      const { json } = await admin.post('/routing-rules/explain', question);
      return json.rule === null ? null : json;
    });
    expect(explained.rule.id).toBe(rule.id);
  });

  it('narrows lists and reports as one in lower case does', async () => {
    const answer = await ask('hello');
    const { id } = await gateway.trace(answer);
    const upper = tenantId.toUpperCase();
    expect((await admin.get(`/traces/${id.toUpperCase()}`)).json.id).toBe(id);
    for (const path of [
      '/providers?owner=',
      '/models?owner=',
      '/traces?tenantId=',
      '/audit-log?tenantId=',
      '/audit-log?resourceId=',
    ]) {
      const { json } = await admin.get(path + upper);
      expect([path, json.data.length]).toEqual([path, expect.any(Number)]);
      expect(json.data.length).toBeGreaterThan(0);
      expect(json.data).toEqual((await admin.get(path + tenantId)).json.data);
    }
    expect((await admin.get(`/stats?tenantId=${upper}`)).json.tenants).toMatchObject([{ tenantId }]);
    const made = { name: 'a', role: 'tenant-admin', tenantId: upper };
    const own = new AdminClient(gateway, (await admin.create('/admins', made)).key);
    expect((await own.get(`/stats?tenantId=${upper}`)).status).toBe(200);
    expect((await own.get(`/providers?owner=${upper}`)).json.data).toHaveLength(1);
    const again = { owner: upper, name: 'q', kind: 'simulated', baseUrl: 'http://simulated.invalid' };
    expect((await own.post('/providers', again)).status).toBe(201);
  });
});
