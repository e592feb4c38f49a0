import { randomBytes } from 'node:crypto';
import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const encryptionKey = randomBytes(32).toString('base64');

/** Everything over HTTP: no file, no restart. */
describe("an administrator's first day", () => {
  let upstream: Upstream;
  let gateway: TestGateway;
  let admin: AdminClient;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    gateway = await TestGateway.start({ config: {}, encryptionKey });
    admin = new AdminClient(gateway, gateway.adminToken);
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  it('makes a tenant that works, sees what it does, limits it, and takes it away', async () => {
    const tenant = await admin.create('/tenants', { name: 'acme' });
    const provider = await admin.create('/providers', {
      name: 'main',
      kind: 'openai',
      baseUrl: `${upstream.url}/v1`,
      apiKey: 'test-key',
    });
    expect(provider).toMatchObject({ hasApiKey: true, owner: 'platform' });
    expect(JSON.stringify(provider)).not.toContain('test-key');
    const tested = await admin.post(`/providers/${provider.id}/test`, {});
    expect(tested.json).toMatchObject({
      ok: true,
      steps: [{ step: 'connect', ok: true }, { step: 'authenticate' }, {}],
    });

    const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '2' };
    const model = await admin.create('/models', {
      name: 'public',
      deployments: [
        { providerId: provider.id, upstreamModel: 'one', price },
        { providerId: provider.id, upstreamModel: 'two', priority: 1, price },
      ],
    });
    expect(model.deployments).toMatchObject([{ weight: 1, priority: 0 }, { priority: 1 }]);
    const below = `/tenants/${tenant.id}`;
    const budget = await admin.create(`${below}/budgets`, { amountUsd: '5', period: 'month' });
    const key = await admin.create(`${below}/keys`, { name: 'app', tags: { team: 'a' } });
    const policy = await admin.create(`${below}/policies`, {
      name: 'no cards',
      scope: { keyId: key.id },
      detectors: [{ type: 'payment-card', id: 'card', severity: 'critical' }],
    });
    expect(key.key).toMatch(/^tpk_[0-9A-Za-z]{49}$/);

    const bearer = { authorization: `Bearer ${key.key}` };
    const answer = await eventually(async () => {
      const first = await gateway.chat({}, bearer);
      return first.status === 200 ? first : null;
    });
    expect(answer.headers.get('x-tokenpak-provider')).toBe('main');
    const card = { messages: [{ role: 'user', content: '4111111111111111' }] };
    const blocked = await eventually(async () => {
      const next = await gateway.chat(card, bearer);
      return next.status === 400 ? next : null;
    });
    expect(blocked.json.error.details).toMatchObject({ policy_id: policy.id, rule_id: 'card' });

    const usage = await eventually(async () => {
      const { json } = await admin.get(`/usage?groupBy=key,model,status&tenantId=${tenant.id}`);
      return json.data.length >= 2 ? json.data : null;
    });
    const paid = usage.find((row: { group: { status: string } }) => row.group.status === '2xx');
    expect(paid).toMatchObject({ group: { key: key.id, model: 'public' } });
    expect(Number(paid.costUsd)).toBeGreaterThan(0);
    const trace = await admin.get(`/traces/${answer.headers.get('x-request-id')}`);
    expect(trace.json).toMatchObject({ tenantId: tenant.id, keyId: key.id, status: 200 });
    await eventually(async () =>
      (await admin.get(`${below}/keys/${key.id}`)).json.lastUsedAt === null ? null : true,
    );

    const renamed = await admin.patch(`${below}/keys/${key.id}`, { name: 'renamed' });
    expect(renamed.json).toMatchObject({ name: 'renamed', lastUsedAt: expect.any(String) });

    const rotated = await admin.post(`${below}/keys/${key.id}/rotate`, { overlapSeconds: 3600 });
    const second = { authorization: `Bearer ${rotated.json.key}` };
    await eventually(async () => ((await gateway.chat({}, second)).status === 200 ? true : null));
    expect((await gateway.chat({}, bearer)).status).toBe(200);
    await admin.delete(`${below}/keys/${key.id}`);
    await eventually(async () => ((await gateway.chat({}, bearer)).status === 401 ? true : null), 1_500);

    const lowered = await admin.patch(`${below}/budgets/${budget.id}`, { amountUsd: '0.000001' });
    expect(lowered.json.amountUsd).toBe('0.000001');
    const refused = await eventually(async () => {
      const next = await gateway.chat({}, second);
      return next.status === 402 ? next : null;
    }, 1_500);
    expect(refused.json.error.code).toBe('budget_exceeded');

    const { json: log } = await admin.get('/audit-log?limit=200');
    const actions = log.data.map((entry: any) => `${entry.action} ${entry.resource}`).reverse();
    expect(actions).toEqual([
      'create tenants',
      'create providers',
      'create models',
      'create budgets',
      'create keys',
      'create policies',
      'update keys',
      'rotate keys',
      'create keys',
      'revoke keys',
      'update budgets',
    ]);
    expect(log.data[0]).toMatchObject({
      actor: { id: 'bootstrap' },
      before: { amountUsd: '5' },
      after: { amountUsd: '0.000001' },
    });
    for (const secret of ['test-key', key.key, rotated.json.key, gateway.adminToken]) {
      expect(JSON.stringify(log)).not.toContain(secret);
    }
    const orphaning = await admin.delete(`/providers/${provider.id}`);
    expect([orphaning.status, orphaning.json.code]).toEqual([409, 'conflict']);
    expect(orphaning.json.title).toContain('public');

    // The same in a new, empty database.
    const target = await TestGateway.start({ config: {}, encryptionKey });
    try {
      const { text } = await gateway.admin('/export');
      const headers = { 'content-type': 'application/yaml' };
      expect((await target.admin('/import', { method: 'POST', body: text, headers })).status).toBe(200);
      await eventually(async () => ((await target.chat({}, second)).status === 402 ? true : null));
      expect((await target.chat(card, second)).json.error.code).toBe('policy_violation');
      expect((await target.chat({}, bearer)).status).toBe(401);
      const there = new AdminClient(target, target.adminToken);
      const [imported] = (await there.get('/tenants?name=acme')).json.data;
      const [budgetThere] = (await there.get(`/tenants/${imported.id}/budgets`)).json.data;
      await there.patch(`/tenants/${imported.id}/budgets/${budgetThere.id}`, { amountUsd: '5' });
      await eventually(async () => ((await target.chat({}, second)).status === 200 ? true : null));
    } finally {
      await target.stop();
    }
  }, 60_000);

  it('keeps the audit log from being changed, also by the database user of the gateway', async () => {
    for (const sql of [`UPDATE audit_log SET action = 'x'`, 'DELETE FROM audit_log', 'TRUNCATE audit_log']) {
      await expect(gateway.query(sql)).rejects.toThrow('cannot be changed');
    }
  });

  it('answers a repeated POST once, and refuses the same key with another body', async () => {
    const headers = { 'idempotency-key': 'once' };
    const tenant = await admin.create('/tenants', { name: 'twice' });
    const path = `/tenants/${tenant.id}/keys`;
    const [one, two] = await Promise.all([
      admin.post(path, { name: 'k' }, headers),
      admin.post(path, { name: 'k' }, headers),
    ]);
    expect(one.json).toEqual(two.json);
    expect(one.headers.get('location')).toBe(two.headers.get('location'));
    const other = await admin.post(path, { name: 'other' }, headers);
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await admin.get(path)).json.data).toHaveLength(1);
  });

  it('lets one of two concurrent edits win, and tells the other', async () => {
    const tenant = await admin.create('/tenants', { name: 'edited' });
    const read = await admin.get(`/tenants/${tenant.id}`);
    const etag = read.headers.get('etag') ?? '';
    const edits = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        admin.patch(`/tenants/${tenant.id}`, { name: `edited ${name}` }, { 'if-match': etag }),
      ),
    );
    expect(edits.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    const winner = edits.find(({ status }) => status === 200);
    expect((await admin.get(`/tenants/${tenant.id}`)).json.name).toBe(winner?.json.name);
    expect((await admin.patch(`/tenants/${tenant.id}`, { name: 'x' }, {})).status).toBe(428);
  });

  it('pages through everything once, in any order, whatever is made meanwhile', async () => {
    for (const sort of ['-createdAt', 'createdAt', 'name', '-name']) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const { status, json }: { status: number; json: any } = await admin.get(
          `/tenants?limit=2&sort=${sort}${cursor === null ? '' : `&cursor=${cursor}`}`,
        );
        expect(status).toBe(200);
        seen.push(...json.data.map(({ id }: { id: string }) => id));
        cursor = json.nextCursor;
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThanOrEqual(3);
    }
    expect((await admin.get('/tenants?cursor=bm9wZQ')).status).toBe(400);
  });

  it('refuses what an import would refuse: offsets for time zones, control characters in names', async () => {
    const refused = [
      ['/budgets', { amountUsd: '1', period: 'day', timeZone: '+05:30' }],
      ['/tenants', { name: 'two\nlines' }],
    ] as const;
    for (const [path, body] of refused) expect((await admin.post(path, body)).status).toBe(400);
    expect((await admin.get('/usage?interval=day&timeZone=%2B05:30')).status).toBe(400);
    expect((await admin.get('/usage?interval=day&timeZone=Asia/Kolkata')).status).toBe(200);
  });

  it('refuses a row of a tenant that does not exist', async () => {
    const owner = '00000000-0000-7000-8000-00000000dead';
    const rule = { name: 'r', conditions: {}, action: { type: 'use-model', model: 'm' } };
    for (const [path, body] of [
      ['/providers', { name: 'p', kind: 'openai', baseUrl: 'https://api.example.com/v1' }],
      ['/routing-rules', rule],
    ] as const) {
      const { status, json } = await admin.post(path, { ...body, owner });
      expect(status).toBe(400);
      expect(json.errors).toMatchObject([{ field: 'owner' }]);
    }
  });

  it('names all invalid fields at once and refuses unknown ones', async () => {
    const { status, headers, json } = await admin.post('/providers', {
      name: '',
      kind: 'x',
      baseUrl: 'ftp://x',
      typo: 1,
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(json.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'baseUrl',
      'kind',
      'name',
      'typo',
    ]);
    for (const baseUrl of ['http://user:pw@host/v1', 'http://host/v1?x=1', 'file:///etc/passwd']) {
      expect((await admin.post('/providers', { name: 'p', kind: 'openai', baseUrl })).status).toBe(400);
    }
  });

  it('merges patches member by member and clears with null', async () => {
    const provider = await admin.create('/providers', {
      name: 'patched',
      kind: 'openai',
      baseUrl: `${upstream.url}/v1`,
      apiKey: 'secret-one',
      timeouts: { firstByteMs: 1_000, idleMs: 2_000 },
    });
    const path = `/providers/${provider.id}`;
    const merged = await admin.patch(path, { timeouts: { idleMs: null, totalMs: 9_000 } });
    expect(merged.json).toMatchObject({ timeouts: { firstByteMs: 1_000, totalMs: 9_000 }, hasApiKey: true });
    expect(merged.json.timeouts).not.toHaveProperty('idleMs');
    expect((await admin.patch(path, { apiKey: null })).json.hasApiKey).toBe(false);
    expect((await admin.patch(path, { owner: 'platform' })).status).toBe(400);
    expect((await admin.delete(path)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
  });

  it('routes by a rule, and explains where a request goes', async () => {
    const provider = await admin.create('/providers', {
      name: 'cheap',
      kind: 'simulated',
      baseUrl: 'http://simulated.invalid',
    });
    await admin.create('/models', {
      name: 'cheap',
      deployments: [{ providerId: provider.id, upstreamModel: 'simulated-1' }],
    });
    const tenant = await admin.create('/tenants', { name: 'routed' });
    const key = await admin.create(`/tenants/${tenant.id}/keys`, { name: 'k' });
    const rule = await admin.create('/routing-rules', {
      name: 'batch is cheap',
      owner: tenant.id,
      conditions: { tag: 'kind=batch', model: 'pub*' },
      action: { type: 'use-model', model: 'cheap' },
    });
    const headers = { authorization: `Bearer ${key.key}`, 'x-tokenpak-tags': 'kind=batch' };
    await eventually(async () =>
      (await gateway.chat({}, headers)).headers.get('x-tokenpak-provider') === 'cheap' ? true : null,
    );
    const other = await gateway.chat({}, { authorization: `Bearer ${key.key}` });
    expect(other.headers.get('x-tokenpak-provider')).toBe('main');
    const explained = await admin.post('/routing-rules/explain', {
      tenantId: tenant.id,
      model: 'public',
      tags: { kind: 'batch' },
    });
    expect(explained.json).toMatchObject({
      rule: { id: rule.id },
      model: 'cheap',
      candidates: [{ provider: 'cheap', isHealthy: true }],
    });
    expect(explained.json.passedOver).toEqual([]);
    const narrow = await admin.create(`/tenants/${tenant.id}/keys`, { name: 'n', allowedModels: ['public'] });
    const kept = await gateway.chat({}, { ...headers, authorization: `Bearer ${narrow.key}` });
    expect(kept.headers.get('x-tokenpak-provider')).toBe('main');
    const passedOver = await admin.post('/routing-rules/explain', {
      tenantId: tenant.id,
      keyId: narrow.id,
      model: 'public',
      tags: { kind: 'batch' },
    });
    expect(passedOver.json).toMatchObject({
      rule: null,
      passedOver: [{ id: rule.id, reason: 'model-not-allowed' }],
      model: 'public',
    });
    const strange = { tenantId: tenant.id, keyId: tenant.id, model: 'public' };
    expect((await admin.post('/routing-rules/explain', strange)).status).toBe(404);
    const unknown = await admin.post('/routing-rules', {
      name: 'x',
      action: { type: 'use-model', model: 'nowhere' },
    });
    expect(unknown.json.errors).toEqual([{ field: 'action.model', message: 'No such model' }]);
  });
});
