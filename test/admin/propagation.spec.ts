import { ConfigStore } from '../../src/tenancy/config-store.ts';
import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { TestGateway } from '../support/gateway.ts';

const PROMISED_MS = 1_000;

describe.each(['with notifications', 'after the notification connection was cut'])(
  'two processes, %s',
  (mode) => {
    let one: TestGateway;
    let two: TestGateway;
    let admin: AdminClient;
    let tenantId: string;
    let providerId: string;
    let key: { id: string; key: string };
    let isLoading = true;
    let load: Promise<number>;
    let cutter: NodeJS.Timeout | undefined;

    beforeAll(async () => {
      const shared = {
        redisUrl: process.env['TEST_REDIS_URL'] ?? '',
        encryptionKey: Buffer.alloc(32, 3).toString('base64'),
      };
      one = await TestGateway.start({ config: configureSimulated(), ...shared });
      two = await TestGateway.start({ config: null, database: one.database, ...shared });
      admin = new AdminClient(one, one.adminToken);
      tenantId = (await admin.create('/tenants', { name: 'spread' })).id;
      key = await admin.create(`/tenants/${tenantId}/keys`, { name: 'k' });
      const provider = await admin.create('/providers', {
        name: 'second',
        kind: 'simulated',
        baseUrl: 'http://simulated.invalid',
      });
      providerId = provider.id;
      await eventually(async () => ((await ask()).status === 200 ? true : null));
      if (mode !== 'with notifications') cutter = setInterval(() => void cutNotifications(), 200);
      load = runLoad();
    }, 60_000);
    afterAll(async () => {
      isLoading = false;
      clearInterval(cutter);
      expect(await load).toBe(0);
      await two.stop();
      await one.stop();
    });

    /** Every listening connection, again and again: what is seen is seen by asking. */
    const cutNotifications = () =>
      one.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'tokenpak-listener' AND datname = current_database()`);
    const bearer = () => ({ authorization: `Bearer ${key.key}` });
    const ask = (body: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
      two.chat(body, { ...bearer(), ...headers });
    /** Requests all the while; counts those that failed without a reason. */
    const runLoad = async (): Promise<number> => {
      let failures = 0;
      while (isLoading) {
        const answers = await Promise.all(
          Array.from({ length: 4 }, () => two.chat({}, { authorization: `Bearer ${one.key()}` })),
        );
        failures += answers.filter(({ status }) => status >= 500).length;
      }
      return failures;
    };
    const seen = (check: () => Promise<boolean>) =>
      eventually(async () => ((await check()) ? true : null), PROMISED_MS);

    it('sees a new model, a changed one, and a removed one', async () => {
      const model = await admin.create('/models', {
        name: 'fresh',
        deployments: [{ providerId, upstreamModel: 'm1' }],
      });
      await seen(async () => (await ask({ model: 'fresh' })).headers.get('x-tokenpak-model') === 'm1');
      await admin.patch(`/models/${model.id}`, { deployments: [{ providerId, upstreamModel: 'm2' }] });
      await seen(async () => (await ask({ model: 'fresh' })).headers.get('x-tokenpak-model') === 'm2');
      await admin.delete(`/models/${model.id}`);
      await seen(async () => (await ask({ model: 'fresh' })).status === 404);
    });

    it('sees a provider, a price, a routing rule', async () => {
      await admin.create('/models', {
        name: 'priced',
        deployments: [{ providerId, upstreamModel: 'unpriced-thing' }],
      });
      await seen(
        async () => (await ask({ model: 'priced' })).headers.get('x-tokenpak-cost-usd') === 'unknown',
      );
      await admin.create('/prices', {
        providerKind: 'simulated',
        upstreamModel: 'unpriced-thing',
        effectiveFrom: '2026-01-01',
        price: { inputUsdPerMTok: '1000', outputUsdPerMTok: '1000' },
      });
      await seen(
        async () => Number((await ask({ model: 'priced' })).headers.get('x-tokenpak-cost-usd')) > 0.001,
      );
      await admin.patch(`/providers/${providerId}`, { name: 'renamed' });
      await seen(
        async () => (await ask({ model: 'priced' })).headers.get('x-tokenpak-provider') === 'renamed',
      );
      const rule = await admin.create('/routing-rules', {
        name: 'to public',
        conditions: { model: 'priced' },
        action: { type: 'use-model', model: 'public' },
      });
      await seen(
        async () => (await ask({ model: 'priced' })).headers.get('x-tokenpak-provider') === 'simulated',
      );
      await admin.delete(`/routing-rules/${rule.id}`);
      await seen(
        async () => (await ask({ model: 'priced' })).headers.get('x-tokenpak-provider') === 'renamed',
      );
    });

    it('sees policies, limits, budgets and the cache policy of a tenant', async () => {
      const below = `/tenants/${tenantId}`;
      const policy = await admin.create(`${below}/policies`, {
        name: 'p',
        detectors: [{ type: 'keyword', id: 'k', severity: 'high', keywords: ['forbidden'] }],
      });
      const forbidden = { messages: [{ role: 'user', content: 'forbidden' }] };
      await seen(async () => (await ask(forbidden)).status === 400);
      await admin.patch(`${below}/policies/${policy.id}`, { mode: 'shadow' });
      await seen(async () => (await ask(forbidden)).status === 200);
      const limit = await admin.create(`${below}/rate-limits`, {
        metric: 'output-tokens',
        limit: 1,
        windowSeconds: 60,
      });
      await seen(async () => (await ask()).status === 429);
      await admin.delete(`${below}/rate-limits/${limit.id}`);
      await seen(async () => (await ask()).status === 200);
      const budget = await admin.create(`${below}/budgets`, { tokens: 1, period: 'day' });
      await seen(async () => (await ask()).status === 402);
      await admin.patch(`${below}/budgets/${budget.id}`, { mode: 'soft' });
      await seen(async () => (await ask()).status === 200);
      await admin.patch(`${below}/cache-policy`, { mode: 'off' });
      await seen(async () => (await ask({ temperature: 0 })).headers.get('x-tokenpak-cache') === 'off');
    });

    it('sees keys and tenants come, change and go', async () => {
      const below = `/tenants/${tenantId}`;
      const fresh = await admin.create(`${below}/keys`, { name: 'fresh' });
      const asFresh = { authorization: `Bearer ${fresh.key}` };
      await seen(async () => (await two.chat({}, asFresh)).status === 200);
      await admin.patch(`${below}/keys/${fresh.id}`, { allowedModels: ['nothing'] });
      await seen(async () => (await two.chat({}, asFresh)).status === 404);
      await admin.delete(`${below}/keys/${fresh.id}`);
      await seen(async () => (await two.chat({}, asFresh)).status === 401);
      await admin.patch(below, { status: 'suspended' });
      await seen(async () => (await ask()).status === 403);
      await admin.patch(below, { status: 'active' });
      await seen(async () => (await ask()).status === 200);
    });

    it('ends in the newest state after many changes in a row', async () => {
      const model = await admin.create('/models', {
        name: 'busy',
        deployments: [{ providerId, upstreamModel: 'start' }],
      });
      for (let count = 0; count < 20; count += 1) {
        await admin.patch(`/models/${model.id}`, {
          deployments: [{ providerId, upstreamModel: `step-${count}` }],
        });
      }
      await seen(async () => (await ask({ model: 'busy' })).headers.get('x-tokenpak-model') === 'step-19');
      const [{ version }] = await one.query('SELECT version FROM config_state');
      await seen(() => Promise.resolve(two.app.get(ConfigStore).current().version === Number(version)));
    });
  },
);
