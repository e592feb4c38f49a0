import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { RefusalLedger } from '../../src/support/monitor/refusal-ledger.service.ts';
import type { KeyId, TenantId } from '../../src/common/ids.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';

interface Side {
  tenantId: string;
  admin: AdminClient;
  viewer: AdminClient;
  key: string;
  /** Collection path -> id of a row of this tenant. */
  rows: Record<string, string>;
  /** Id of a request of this tenant. */
  requestId: string;
}

/** Collections below a tenant; what stands for `{tenant}` is that tenant's id. */
const BELOW = ['policies', 'rate-limits', 'budgets', 'keys'];
const SHARED = ['providers', 'models', 'prices', 'routing-rules'];
const PATCHES: Record<string, object> = {
  policies: { mode: 'shadow' },
  'rate-limits': { limit: 7 },
  budgets: { mode: 'soft' },
  keys: { name: 'changed' },
  providers: { name: 'changed' },
  models: { strategy: 'weighted' },
  prices: { source: 'changed' },
  'routing-rules': { priority: 9 },
};
const MISSING = '019a0000-0000-7000-8000-000000000000';

describe('tenants A and B', () => {
  let gateway: TestGateway;
  let platform: AdminClient;
  let a: Side;
  let b: Side;

  const makeSide = async (name: string): Promise<Side> => {
    const tenant = await platform.create('/tenants', { name });
    const tokens = await Promise.all(
      ['tenant-admin', 'viewer'].map((role) =>
        platform.create('/admins', { name: `${name} ${role}`, role, tenantId: tenant.id }),
      ),
    );
    const [admin, viewer] = tokens.map(({ key }) => new AdminClient(gateway, key)) as [
      AdminClient,
      AdminClient,
    ];
    const below = `/tenants/${tenant.id}`;
    const key = await admin.create(`${below}/keys`, { name: 'k' });
    const provider = await admin.create('/providers', {
      name: `${name}-own`,
      kind: 'simulated',
      baseUrl: 'http://simulated.invalid',
    });
    const made = {
      keys: key,
      policies: await admin.create(`${below}/policies`, {
        name: 'p',
        detectors: [{ type: 'email', id: 'e', severity: 'low' }],
      }),
      'rate-limits': await admin.create(`${below}/rate-limits`, { metric: 'requests', limit: 1_000 }),
      budgets: await admin.create(`${below}/budgets`, { tokens: 1_000_000, period: 'day' }),
      providers: provider,
      models: await admin.create('/models', {
        name: `${name}-model`,
        deployments: [{ providerId: provider.id, upstreamModel: 'm' }],
      }),
      prices: await admin.create('/prices', {
        providerKind: 'simulated',
        upstreamModel: 'm',
        effectiveFrom: '2026-01-01',
        price: { inputUsdPerMTok: '1', outputUsdPerMTok: '1' },
      }),
      'routing-rules': await admin.create('/routing-rules', {
        name: 'r',
        conditions: { tag: 'never=here' },
        action: { type: 'use-model', model: `${name}-model` },
      }),
    };
    const answer = await eventually(async () => {
      const sent = await gateway.chat({ model: `${name}-model` }, { authorization: `Bearer ${key.key}` });
      return sent.status === 200 ? sent : null;
    });
    const rows = Object.fromEntries(Object.entries(made).map(([collection, row]) => [collection, row.id]));
    return {
      tenantId: tenant.id,
      admin,
      viewer,
      key: key.key,
      rows,
      requestId: answer.headers.get('x-request-id') ?? '',
    };
  };

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: configureSimulated() });
    platform = new AdminClient(gateway, gateway.adminToken);
    [a, b] = await Promise.all([makeSide('alpha'), makeSide('beta')]);
  }, 60_000);
  afterAll(() => gateway.stop());

  const pathOf = (collection: string, tenantId: string, id?: string): string => {
    const base = BELOW.includes(collection) ? `/tenants/${tenantId}/${collection}` : `/${collection}`;
    return id === undefined ? base : `${base}/${id}`;
  };
  const readTenants = (answer: Answer) => JSON.stringify(answer.json);

  describe.each([...BELOW, ...SHARED])('%s', (collection) => {
    it('can be read and changed by their own administrator, and read by their own viewer', async () => {
      const path = pathOf(collection, a.tenantId, a.rows[collection]);
      expect((await a.admin.get(path)).status).toBe(200);
      expect((await a.viewer.get(path)).status).toBe(200);
      expect((await a.admin.patch(path, PATCHES[collection])).status).toBe(200);
      const denied = await a.viewer.patch(path, PATCHES[collection]);
      expect([denied.status, denied.json.code]).toEqual([403, 'access_denied']);
      expect((await a.viewer.delete(path)).status).toBe(403);
      expect((await a.viewer.post(pathOf(collection, a.tenantId), {})).status).toBe(403);
    });

    it("of the other tenant cannot be read, changed, deleted or guessed: the answer is a missing row's", async () => {
      const places = [
        [a.tenantId, b.rows[collection]],
        [b.tenantId, b.rows[collection]],
      ] as const;
      for (const [tenantId, id] of places) {
        for (const call of ['get', 'patch', 'delete'] as const) {
          const foreign = await runCall(a.admin, call, pathOf(collection, tenantId, id), PATCHES[collection]);
          const missing = await runCall(
            a.admin,
            call,
            pathOf(collection, tenantId, MISSING),
            PATCHES[collection],
          );
          expect(foreign.status).toBe(404);
          expect(withoutIds(foreign)).toEqual(withoutIds(missing));
        }
      }
      const still = await b.admin.get(pathOf(collection, b.tenantId, b.rows[collection]));
      expect(still.status).toBe(200);
      expect(readTenants(still)).not.toContain('changed');
    });

    it('of the other tenant are in no list, whatever is asked', async () => {
      for (const query of ['', '?limit=200', `?owner=${b.tenantId}`, `?tenantId=${b.tenantId}`]) {
        const answer = await a.admin.get(pathOf(collection, a.tenantId) + query);
        if (answer.status !== 200) expect(answer.status).toBe(400);
        expect(readTenants(answer)).not.toContain(b.rows[collection]);
      }
      expect((await a.admin.get(pathOf(collection, b.tenantId))).status).toBe(
        BELOW.includes(collection) ? 404 : 200,
      );
    });

    it('cannot be made for the other tenant', async () => {
      const before = await countRows(b, collection);
      const body = { owner: b.tenantId, name: 'x' };
      const answer = await a.admin.post(pathOf(collection, b.tenantId), body);
      expect([400, 404]).toContain(answer.status);
      expect(await countRows(b, collection)).toBe(before);
    });

    it('run the same statements for a foreign and for a missing row', async () => {
      const read = (id: string | undefined) => a.admin.get(pathOf(collection, a.tenantId, id));
      const foreign = await recordStatements(() => read(b.rows[collection]));
      const missing = await recordStatements(() => read(MISSING));
      expect(foreign.length).toBeGreaterThan(0);
      expect(foreign).toEqual(missing);
      const change = (id: string | undefined) =>
        a.admin.patch(pathOf(collection, a.tenantId, id), PATCHES[collection]);
      expect(await recordStatements(() => change(b.rows[collection]))).toEqual(
        await recordStatements(() => change(MISSING)),
      );
    });
  });

  it('see the refusals of their own keys alone', async () => {
    const ledger = gateway.app.get(RefusalLedger);
    const keyIds = [a, b].map((side) => side.rows['keys'] as KeyId);
    for (const [index, side] of [a, b].entries()) {
      ledger.count(side.tenantId as TenantId, keyIds[index] as KeyId, 'requests');
    }
    await ledger.flush();
    const read = async (query: string): Promise<unknown[]> => {
      const { status, json } = await a.admin.get(`/usage/refusals${query}`);
      expect(status).toBe(200);
      return json.data;
    };
    const own = { tenantId: a.tenantId, keyId: keyIds[0], metric: 'requests', refusals: 1 };
    expect(await read('')).toMatchObject([own]);
    expect(await read(`?tenantId=${a.tenantId}`)).toMatchObject([own]);
    expect(await read(`?keyId=${keyIds[1]}`)).toEqual([]);
    expect((await a.viewer.get('/usage/refusals')).json.data).toMatchObject([own]);
    expect((await platform.get('/usage/refusals')).json.data).toHaveLength(2);
  });

  it('see no tenant, usage, trace, audit entry or number of each other', async () => {
    expect((await a.admin.get(`/tenants/${b.tenantId}`)).status).toBe(404);
    expect((await a.admin.get('/tenants')).json.data.map(({ id }: { id: string }) => id)).toEqual([
      a.tenantId,
    ]);
    const last = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
    const forgeries = [
      ['-createdAt', '', last],
      ['createdAt', '', '00000000-0000-7000-8000-000000000000'],
      ['name', '', last],
      ['-name', '\u{10ffff}', last],
    ];
    for (const position of forgeries) {
      const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');
      const page = await a.admin.get(`/tenants?sort=${position[0]}&cursor=${cursor}`);
      expect(page.status).toBe(200);
      expect(page.json.data.map(({ id }: { id: string }) => id)).toEqual([a.tenantId]);
    }
    for (const report of [
      '/usage?groupBy=tenant,key,model',
      '/usage/refusals?interval=minute',
      '/traces',
      '/stats',
      '/audit-log?limit=1000',
    ]) {
      const own = await a.admin.get(report);
      expect(own.status).toBe(200);
      expect(readTenants(own)).not.toContain(b.tenantId);
      expect(readTenants(own)).not.toContain('beta');
      const separator = report.includes('?') ? '&' : '?';
      expect((await a.admin.get(`${report}${separator}tenantId=${b.tenantId}`)).status).toBe(404);
    }
    await eventually(async () =>
      (await a.admin.get(`/traces/${a.requestId}`)).status === 200 ? true : null,
    );
    expect((await a.admin.get(`/traces/${b.requestId}`)).status).toBe(404);
    expect((await a.admin.get(`/tenants/${b.tenantId}/cache-policy`)).status).toBe(404);
    expect((await a.admin.patch(`/tenants/${b.tenantId}/cache-policy`, { mode: 'off' })).status).toBe(404);
  });

  it('reach nothing of the platform', async () => {
    for (const path of ['/policies', '/rate-limits', '/budgets', '/admins'])
      expect((await a.admin.get(path)).status).toBe(403);
    expect((await a.admin.post('/tenants', { name: 'x' })).status).toBe(403);
    expect((await a.admin.patch(`/tenants/${a.tenantId}`, { name: 'x' })).status).toBe(403);
    expect((await a.admin.post('/admins', { name: 'x', role: 'platform-admin' })).status).toBe(403);
    expect(
      (
        await a.admin.post('/providers', {
          owner: 'platform',
          name: 'x',
          kind: 'openai',
          baseUrl: 'http://x/v1',
        })
      ).status,
    ).toBe(400);
    const borrowed = await a.admin.post('/models', {
      name: 'm2',
      deployments: [{ providerId: b.rows['providers'], upstreamModel: 'm' }],
    });
    expect(borrowed.json.errors).toEqual([
      { field: 'deployments[0].providerId', message: 'No such provider' },
    ]);
    const scoped = await a.admin.post(`/tenants/${a.tenantId}/budgets`, {
      scope: { keyId: b.rows['keys'] },
      tokens: 5,
      period: 'day',
    });
    expect(scoped.json.errors).toEqual([{ field: 'scope.keyId', message: 'No such key' }]);
  });

  it('cannot use each other through the data plane', async () => {
    const asA = { authorization: `Bearer ${a.key}` };
    expect((await gateway.chat({ model: 'beta-model' }, asA)).json.error.code).toBe('model_not_found');
    const models = await gateway.send('/v1/models', { headers: asA });
    expect(models.json.data.map(({ id }: { id: string }) => id)).toEqual(['alpha-model', 'public']);
  });

  it('keep the two planes apart: no key opens the admin plane, no token the data plane', async () => {
    const asKey = new AdminClient(gateway, a.key);
    expect((await asKey.get('/tenants')).json.code).toBe('invalid_admin_token');
    const token = (await platform.create('/admins', { name: 't', role: 'viewer' })).key;
    expect((await gateway.chat({}, { authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await gateway.chat({}, { authorization: `Bearer ${gateway.adminToken}` })).status).toBe(401);
  });

  const countRows = async (side: Side, collection: string): Promise<number> =>
    (await side.admin.get(`${pathOf(collection, side.tenantId)}?limit=200`)).json.data.length;

  /** Statements of the gateway, without their parameters, as PostgreSQL's client saw them. */
  const recordStatements = async (run: () => Promise<unknown>): Promise<string[]> => {
    const statements: string[] = [];
    const logger = gateway.recordSql((sql) => statements.push(sql));
    await run();
    logger.stop();
    // What runs in the background has nothing to do with the request.
    return statements.filter((sql) => !/config_state|usage_|traces|api_key_usage|pg_/.test(sql));
  };
});

function runCall(
  client: AdminClient,
  call: 'get' | 'patch' | 'delete',
  path: string,
  patch: object | undefined,
): Promise<Answer> {
  if (call === 'get') return client.get(path);
  return call === 'patch' ? client.patch(path, patch) : client.delete(path);
}

/** The answer but for the id of the request itself. */
function withoutIds({ status, json }: Answer): unknown {
  const { requestId: _, ...problem } = json;
  return { status, problem };
}
