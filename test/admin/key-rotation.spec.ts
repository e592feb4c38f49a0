import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';

describe('the rotation of a key', () => {
  let gateway: TestGateway;
  let admin: AdminClient;
  let keys: string;

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: {} });
    admin = new AdminClient(gateway, gateway.adminToken);
    const tenant = await admin.create('/tenants', { name: 'acme' });
    keys = `/tenants/${tenant.id}/keys`;
  });
  afterAll(() => gateway.stop());

  const rotate = (id: string, overlapSeconds = 3_600) =>
    admin.post(`${keys}/${id}/rotate`, { overlapSeconds });
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

  it.each([null, inDays(30)])('gives the successor the expiry that the key had: %s', async (expiresAt) => {
    const key = await admin.create(keys, { name: 'app', expiresAt, tags: { team: 'a' }, user: 'u' });
    const { status, json } = await rotate(key.id);
    expect(status).toBe(201);
    expect(json).toMatchObject({ expiresAt, tags: { team: 'a' }, user: 'u', successorId: null });
    const rotated = await admin.get(`${keys}/${key.id}`);
    expect(rotated.json).toMatchObject({ status: 'active', successorId: json.id });
    expect(Date.parse(rotated.json.expiresAt)).toBeLessThan(Date.now() + 3_601_000);
  });

  it('never makes a key live longer than it would have', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const key = await admin.create(keys, { name: 'soon', expiresAt });
    expect((await rotate(key.id)).json.expiresAt).toBe(expiresAt);
    expect((await admin.get(`${keys}/${key.id}`)).json.expiresAt).toBe(expiresAt);
  });

  it.each([3_600, 0])(
    'refuses a key that was rotated with an overlap of %d s, and names its successor',
    async (overlap) => {
      const key = await admin.create(keys, { name: 'twice' });
      const { id } = (await rotate(key.id, overlap)).json;
      const again = await rotate(key.id);
      expect(again.status).toBe(409);
      expect(again.json).toMatchObject({ code: 'conflict', title: expect.stringContaining(id) });
      const next = await rotate(id);
      expect(next.status).toBe(201);
      expect(next.json.expiresAt).toBeNull();
    },
  );

  it('leaves the successor under what names the key, with one counter for both, and so on', async () => {
    const provider = await admin.create('/providers', {
      name: 'simulated',
      kind: 'simulated',
      baseUrl: 'http://simulated.invalid',
    });
    for (const name of ['public', 'other'])
      await admin.create('/models', {
        name,
        deployments: [{ providerId: provider.id, upstreamModel: 'simulated-1' }],
      });
    const key = await admin.create(keys, { name: 'scoped' });
    const owner = keys.split('/')[2];
    const scope = { keyId: key.id };
    const below = `/tenants/${owner}`;
    await admin.create(`${below}/rate-limits`, { scope, metric: 'requests', limit: 3, windowSeconds: 3_600 });
    await admin.create(`${below}/policies`, {
      name: 'no cards',
      scope,
      detectors: [{ type: 'payment-card', id: 'card', severity: 'critical' }],
    });
    await admin.create('/routing-rules', {
      owner,
      name: 'elsewhere',
      conditions: { ...scope, model: 'public' },
      action: { type: 'use-model', model: 'other' },
    });
    const second = (await rotate(key.id)).json;
    const third = (await rotate(second.id)).json;
    const ask = (from: { key: string }, content = 'hello') =>
      gateway.chat({ messages: [{ role: 'user', content }] }, { authorization: `Bearer ${from.key}` });
    const blocked = await eventually(async () => {
      const answer = await ask(third, '4111111111111111');
      return answer.status === 400 ? answer : null;
    });
    expect(blocked.json.error.code).toBe('policy_violation');
    const question = { tenantId: owner, keyId: third.id, model: 'public' };
    await eventually(async () => {
      const { json } = await admin.post('/routing-rules/explain', question);
      return json.model === 'other' ? true : null;
    });
    const statuses = [];
    for (const from of [key, second, third, second, key]) statuses.push((await ask(from)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const { text } = await gateway.admin('/export');
    expect(text.match(/key: scoped$/gm)).toHaveLength(3);
  });

  it('counts for a new budget what every key of the chain has spent', async () => {
    const key = await admin.create(keys, { name: 'spender' });
    const second = (await rotate(key.id)).json;
    const ask = (from: { key: string }) => gateway.chat({}, { authorization: `Bearer ${from.key}` });
    const first = await eventually(async () => {
      const answer = await ask(second);
      return answer.status === 200 ? answer : null;
    });
    const readCost = (answer: Answer) => Number(answer.headers.get('x-tokenpak-cost-usd'));
    let costUsd = readCost(first);
    expect(costUsd).toBeGreaterThan(0);
    for (const from of [key, second, second]) costUsd += readCost(await ask(from));
    const below = `/tenants/${keys.split('/')[2]}`;
    await admin.create(`${below}/budgets`, { scope: { keyId: key.id }, amountUsd: '5', period: 'total' });
    const third = (await rotate(second.id)).json;
    const used = await eventually(async () => {
      const headers = { authorization: `Bearer ${third.key}` };
      const answer = await fetch(`${gateway.url}/v1/key`, { headers });
      if (answer.status !== 200) return null;
      const { budgets } = (await answer.json()) as { budgets: { used: string | null }[] };
      const known = budgets[0]?.used ?? null;
      if (known === null) await ask(key);
      return known;
    });
    // Amounts are exact to a nano-USD, their sum here is a double.
    expect(Number(used)).toBeGreaterThan(costUsd - 1e-9);
  });

  it('refuses an expired key rather than make one that is expired too', async () => {
    const key = await admin.create(keys, { name: 'old', expiresAt: inDays(-1) });
    const { status, json } = await rotate(key.id);
    expect([status, json.code]).toEqual([409, 'conflict']);
    expect(json.title).toContain('expired');
    const { data } = (await admin.get(`${keys}?name=old`)).json;
    expect(data).toHaveLength(1);
  });
});
