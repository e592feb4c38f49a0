import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { AdminClient } from '../support/admin-client.ts';
import { PRICE } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { type Answer, readAnswer } from '../support/gateway.ts';
import { runCli } from '../support/run-cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

type Json = Record<string, unknown>;

const PROMISED_MS = 1_000;
/** Requests that run all the while, each followed by a pause: a machine that does nothing else sees nothing in time. */
const WORKERS = 8;
const PAUSE_MS = 50;
const POLL_MS = 20;
const CUT_INTERVAL_MS = 200;
/** Code that has run often enough to be compiled. */
const WARM_REQUESTS = 300;

const directory = mkdtempSync(join(tmpdir(), 'tokenpak-test-propagation-'));
const env: Record<string, string> = {
  ADMIN_TOKEN: randomBytes(32).toString('hex'),
  ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
  REDIS_URL: process.env['TEST_REDIS_URL'] ?? '',
  REDIS_TIMEOUT_MS: '5000',
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  IP_RATE_LIMIT: '10000000',
};

let database: TestDatabase;
let upstream: Upstream;
let processes: GatewayProcess[];
let urls: string[];
/** Of the first process; what it changes, the second must see. */
let admin: AdminClient;
let connection: pg.Client;
let load: Load;

beforeAll(async () => {
  [database, upstream] = await Promise.all([createTestDatabase(), startOpenAiUpstream({ apiKey: null })]);
  env['DATABASE_URL'] = database.url;
  processes = ['one', 'two'].map((name) => new GatewayProcess({ ...env, DATA_DIR: join(directory, name) }));
  urls = await Promise.all(processes.map((gateway) => gateway.untilReady()));
  admin = new AdminClient({ adminUrl: urls[0] ?? '' }, env['ADMIN_TOKEN'] ?? '');
  connection = new pg.Client({ connectionString: database.url });
  await connection.connect();
  const { id: providerId } = await admin.create('/providers', simulated('simulated'));
  await admin.create('/models', {
    name: 'public',
    deployments: [{ providerId, upstreamModel: 'm', price: PRICE }],
  });
  const tenant = await admin.create('/tenants', { name: 'load' });
  const { key } = await admin.create(`/tenants/${tenant.id}/keys`, { name: 'load' });
  for (const url of urls) {
    await eventually(async () => ((await chat(url, key, {})).status === 200 ? true : null));
  }
  load = new Load(key);
  await eventually(() => (load.answered >= WARM_REQUESTS ? true : null), 60_000);
}, 90_000);

afterAll(async () => {
  await load.stop();
  await connection.end();
  await Promise.all(processes.map((gateway) => gateway.end('SIGTERM')));
  await upstream.close();
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

const simulated = (name: string) => ({ name, kind: 'simulated', baseUrl: 'http://simulated.invalid' });
const say = (content: string) => ({ messages: [{ role: 'user', content }] });

async function chat(url: string, key: string, body: Json): Promise<Answer> {
  return readAnswer(
    await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'public', ...say('Hello'), ...body }),
    }),
  );
}

/** @throws when what began after the promised time still finds the old state. */
async function withinPromise(isNew: () => Promise<boolean>): Promise<void> {
  const promisedMs = performance.now() + PROMISED_MS;
  for (;;) {
    const beganMs = performance.now();
    if (await isNew()) return;
    if (beganMs > promisedMs) throw new Error(`Not seen within ${PROMISED_MS} ms`);
    await sleep(POLL_MS);
  }
}

/** Requests to both processes; remembers those that failed without a reason. */
class Load {
  answered = 0;
  readonly failures: string[] = [];
  private isRunning = true;
  private readonly workers: Promise<void>[];

  constructor(private readonly key: string) {
    this.workers = Array.from({ length: WORKERS }, (_, index) => this.work(urls[index % 2] ?? ''));
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await Promise.all(this.workers);
  }

  private async work(url: string): Promise<void> {
    while (this.isRunning) {
      try {
        const { status, text } = await chat(url, this.key, {});
        // What limits and budgets of the platform refuse is refused for a reason.
        if (status !== 200 && status !== 429 && status !== 402) this.failures.push(`${status} ${text}`);
        this.answered += 1;
      } catch (error) {
        this.failures.push(String(error));
      }
      await sleep(PAUSE_MS);
    }
  }
}

describe.each(['with notifications', 'with every notification connection cut'])(
  'two processes under load, %s: the other sees within a second',
  (mode) => {
    const isCut = mode !== 'with notifications';
    /** Names are unique on the platform. */
    const mark = isCut ? 'cut' : 'told';
    let below: string;
    let key: { id: string; key: string };
    let cutter: NodeJS.Timeout | undefined;

    beforeAll(async () => {
      below = `/tenants/${(await admin.create('/tenants', { name: mark })).id}`;
      key = await admin.create(`${below}/keys`, { name: 'k' });
      await eventually(async () => ((await ask()).status === 200 ? true : null));
      if (!isCut) return;
      // Every listening connection, again and again: what is seen is seen by asking.
      cutter = setInterval(() => {
        void connection.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'tokenpak-listener' AND datname = current_database()`);
      }, CUT_INTERVAL_MS);
    });
    afterAll(() => clearInterval(cutter));

    const ask = (body: Json = {}, text = key.key) => chat(urls[1] ?? '', text, body);
    const seen = (check: (answer: Answer) => boolean, body: Json = {}, text = key.key) =>
      withinPromise(async () => check(await ask(body, text)));
    const seenStatus = (status: number, body: Json = {}, text = key.key) =>
      seen((answer) => answer.status === status, body, text);
    const seenHeader = (name: string, value: string, body: Json) =>
      seen(({ headers }) => headers.get(`x-tokenpak-${name}`) === value, body);
    const change = async (path: string, patch: Json) => {
      const { status, json } = await admin.patch(path, patch);
      expect([status, json.errors]).toEqual([200, undefined]);
    };
    const remove = async (path: string) => expect((await admin.delete(path)).status).toBe(204);
    const createModel = async (name: string, provider: Json) => {
      const { id: providerId } = await admin.create('/providers', provider);
      const model = await admin.create('/models', {
        name,
        deployments: [{ providerId, upstreamModel: `${name}-1` }],
      });
      await seenStatus(200, { model: name });
      return { providerPath: `/providers/${providerId}`, modelPath: `/models/${model.id}`, providerId };
    };
    const real = (name: string) => ({ name, kind: 'openai', baseUrl: `${upstream.url}/v1`, apiKey: 'first' });

    it('a model that is made, changed and removed', async () => {
      const model = `model-${mark}`;
      const { providerId, modelPath } = await createModel(model, simulated(model));
      await change(modelPath, { deployments: [{ providerId, upstreamModel: 'changed' }] });
      await seenHeader('model', 'changed', { model });
      await change(modelPath, { enabled: false });
      await seenStatus(404, { model });
      await change(modelPath, { enabled: true });
      await seenStatus(200, { model });
      await remove(modelPath);
      await seenStatus(404, { model });
    });

    it('a provider’s name, credential, timeouts and breaker, and that it is switched off', async () => {
      const model = `provider-${mark}`;
      const { providerPath } = await createModel(model, real(model));
      await change(providerPath, { name: `renamed-${mark}` });
      await seenHeader('provider', `renamed-${mark}`, { model });
      await change(providerPath, { apiKey: 'second' });
      await withinPromise(async () => {
        await ask({ model });
        return upstream.requests.at(-1)?.headers.authorization === 'Bearer second';
      });
      await change(providerPath, { enabled: false });
      await seen(({ status }) => status === 503 || status === 404, { model });
      await change(providerPath, { enabled: true });
      await seenStatus(200, { model });
      const slow = { model, ...say('[[upstream {"headDelayMs":300}]]') };
      expect((await ask(slow)).status).toBe(200);
      await change(providerPath, { timeouts: { firstByteMs: 50 } });
      await seenStatus(504, slow);
      await change(providerPath, { timeouts: {}, breaker: { consecutiveFailures: 1, openSeconds: 3_600 } });
      const failing = { model, ...say('[[upstream {"status":500}]]') };
      await seen(({ json }) => json.error?.code === 'no_healthy_provider', failing);
    });

    it('a price that is made, changed and removed', async () => {
      const model = `priced-${mark}`;
      await createModel(model, simulated(model));
      await seenHeader('cost-usd', 'unknown', { model });
      const price = await admin.create('/prices', {
        providerKind: 'simulated',
        upstreamModel: `${model}-1`,
        effectiveFrom: '2026-01-01',
        price: { inputUsdPerMTok: '1000', outputUsdPerMTok: '1000' },
      });
      const costs = (check: (usd: number) => boolean) =>
        seen(({ headers }) => check(Number(headers.get('x-tokenpak-cost-usd'))), { model });
      await costs((usd) => usd > 0.001 && usd < 1);
      await change(`/prices/${price.id}`, {
        price: { inputUsdPerMTok: '1000000', outputUsdPerMTok: '1000000' },
      });
      await costs((usd) => usd > 1);
      await remove(`/prices/${price.id}`);
      await seenHeader('cost-usd', 'unknown', { model });
    });

    it('a routing rule that is made, switched off, on and removed', async () => {
      const model = `routed-${mark}`;
      await createModel(model, simulated(model));
      const { id } = await admin.create('/routing-rules', {
        name: model,
        conditions: { model },
        action: { type: 'use-model', model: 'public' },
      });
      await seenHeader('provider', 'simulated', { model });
      await change(`/routing-rules/${id}`, { enabled: false });
      await seenHeader('provider', model, { model });
      await change(`/routing-rules/${id}`, { enabled: true });
      await seenHeader('provider', 'simulated', { model });
      await remove(`/routing-rules/${id}`);
      await seenHeader('provider', model, { model });
    });

    it.each(['the tenant', 'the platform'])('policies, limits and budgets of %s', async (owner) => {
      const base = owner === 'the tenant' ? below : '';
      const word = `forbidden-${mark}`;
      const detectors = [{ type: 'keyword', id: 'k', severity: 'high', keywords: [word] }];
      const policy = await admin.create(`${base}/policies`, { name: word, detectors });
      await seenStatus(400, say(word));
      await change(`${base}/policies/${policy.id}`, { mode: 'shadow' });
      await seenStatus(200, say(word));
      await change(`${base}/policies/${policy.id}`, { mode: 'enforce' });
      await seenStatus(400, say(word));
      await remove(`${base}/policies/${policy.id}`);
      await seenStatus(200, say(word));

      const limit = await admin.create(`${base}/rate-limits`, {
        metric: 'output-tokens',
        limit: 1,
        windowSeconds: 60,
      });
      await seenStatus(429);
      await change(`${base}/rate-limits/${limit.id}`, { limit: 1_000_000_000 });
      await seenStatus(200);
      await remove(`${base}/rate-limits/${limit.id}`);
      await seen(({ headers }) => !headers.has('x-ratelimit-limit-tokens'));

      const budget = await admin.create(`${base}/budgets`, { tokens: 1, period: 'day' });
      await seenStatus(402);
      await change(`${base}/budgets/${budget.id}`, { mode: 'soft' });
      await seenStatus(200);
      await change(`${base}/budgets/${budget.id}`, { mode: 'hard' });
      await seenStatus(402);
      await remove(`${base}/budgets/${budget.id}`);
      await seenStatus(200);
    });

    it('the cache policy of a tenant', async () => {
      await change(`${below}/cache-policy`, { mode: 'off' });
      await seenHeader('cache', 'off', { temperature: 0 });
      await change(`${below}/cache-policy`, { mode: 'always' });
      await seen(({ headers }) => headers.get('x-tokenpak-cache') !== 'off', { temperature: 1 });
    });

    it('keys that are made, changed, revoked', async () => {
      const { id, key: text } = await admin.create(`${below}/keys`, { name: 'fresh' });
      await seenStatus(200, {}, text);
      await change(`${below}/keys/${id}`, { allowedModels: ['nothing'] });
      await seenStatus(404, {}, text);
      await remove(`${below}/keys/${id}`);
      await seenStatus(401, {}, text);
    });

    it('a rotated key, which works until the overlap ends and no longer', async () => {
      const overlapMs = 2_000;
      const { id, key: old } = await admin.create(`${below}/keys`, { name: 'rotated' });
      await seenStatus(200, {}, old);
      const startedMs = performance.now();
      const { key: fresh } = await admin.create(`${below}/keys/${id}/rotate`, {
        overlapSeconds: overlapMs / 1_000,
      });
      const answeredMs = performance.now();
      await seenStatus(200, {}, fresh);
      let lastWorkedMs = 0;
      let refusedMs = 0;
      await eventually(async () => {
        const beganMs = performance.now();
        const { status } = await ask({}, old);
        if (status === 200) lastWorkedMs = beganMs;
        refusedMs = performance.now();
        return status === 401 ? true : null;
      });
      expect(refusedMs - startedMs).toBeGreaterThanOrEqual(overlapMs);
      expect(lastWorkedMs - answeredMs).toBeLessThan(overlapMs);
      await seenStatus(200, {}, fresh);
    });

    it('what an import and the command line bring', async () => {
      const describeModel = (name: string) => ({
        providers: [simulated(name)],
        models: [{ name, deployments: [{ provider: name, upstreamModel: 'm' }] }],
      });
      const imported = await admin.post('/import', describeModel(`imported-${mark}`));
      expect(imported.status).toBe(200);
      await seenStatus(200, { model: `imported-${mark}` });

      const file = join(directory, `${mark}.json`);
      const model = `applied-${mark}`;
      const apply = async (content: Json) => {
        writeFileSync(file, JSON.stringify(content));
        expect(await runCli(['config', 'apply', file], env)).toMatchObject({ code: 0 });
      };
      await apply(describeModel(model));
      await seenStatus(200, { model });
      await apply({});
      await seenStatus(404, { model });
    });

    it('the newest state after many changes in a row', async () => {
      const model = `busy-${mark}`;
      const { providerId, modelPath } = await createModel(model, simulated(model));
      for (let count = 0; count < 20; count += 1) {
        await change(modelPath, { deployments: [{ providerId, upstreamModel: `step-${count}` }] });
      }
      await seenHeader('model', 'step-19', { model });
    });

    it('administrators that are revoked', async () => {
      const { id, key: token } = await admin.create('/admins', { name: 'gone', role: 'viewer' });
      const other = new AdminClient({ adminUrl: urls[1] ?? '' }, token);
      expect((await other.get('/tenants')).status).toBe(200);
      await remove(`/admins/${id}`);
      expect((await other.get('/tenants')).status).toBe(401);
    });

    it('a tenant that is suspended, active again, archived', async () => {
      await change(below, { status: 'suspended' });
      await seenStatus(403);
      await change(below, { status: 'active' });
      await seenStatus(200);
      await remove(below);
      await seenStatus(401);
    });

    it('while nobody else’s request failed', () => {
      expect(load.failures).toEqual([]);
      expect(load.answered).toBeGreaterThan(200);
    });
  },
);
