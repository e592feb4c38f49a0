import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { parse } from 'yaml';
import { AdminClient } from '../support/admin-client.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { type EdgePost, edgePost, type EdgeWorld } from './support/edge-rows.ts';

const encryptionKey = randomBytes(32).toString('base64');
const CONFIGURATION =
  'tenants, api_keys, providers, models, deployments, policies, rate_limits, budgets, prices, routing_rules';
const NOTHING_CHANGED = { create: 0, update: 0, disable: 0, delete: 0 };

let source: TestGateway;
let target: TestGateway;
let admin: AdminClient;

beforeAll(async () => {
  [source, target] = await Promise.all([
    TestGateway.start({ config: {}, encryptionKey }),
    TestGateway.start({ config: {}, encryptionKey }),
  ]);
  admin = new AdminClient(source, source.adminToken);
});

afterAll(async () => {
  await source.stop();
  await target.stop();
});

/** An installation with what the generated rows refer to. */
async function createWorld(): Promise<EdgeWorld> {
  const { id: tenantId } = await admin.create('/tenants', { name: 'acme' });
  const { id: keyId } = await admin.create(`/tenants/${tenantId}/keys`, { name: 'k' });
  const provider = { name: 'simulated', kind: 'simulated', baseUrl: 'http://simulated.invalid' };
  const simulated = await admin.create('/providers', provider);
  const openai = await admin.create('/providers', {
    name: 'o',
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:9/v1',
  });
  // A deployment of the tenant may be at either of the two that are called so.
  const own = await admin.create('/providers', { ...provider, owner: tenantId });
  const deployments = [{ providerId: simulated.id, upstreamModel: 'simulated-1' }];
  await admin.create('/models', { name: 'model', deployments });
  return { tenantId, keyId, providerIds: [simulated.id, openai.id, own.id] };
}

const empty = (gateway: TestGateway) => gateway.query(`TRUNCATE ${CONFIGURATION} CASCADE`);

const importInto = (gateway: TestGateway, body: string, query = ''): Promise<Answer> =>
  gateway.admin(`/import${query}`, { method: 'POST', body, headers: { 'content-type': 'application/yaml' } });

/** Sealing gives another text each time. */
const withoutSeals = (text: string): unknown => parse(text.replaceAll(/v1:[\w:-]+/g, 'sealed'));

/** What an import says against what the API has accepted. */
async function expectImportable(): Promise<void> {
  const { text } = await admin.get('/export');
  const again = await importInto(source, text, '?dryRun=true');
  expect(again.json.errors ?? []).toEqual([]);
  const changed = again.json.changes?.filter(({ action }: { action: string }) => action !== 'unchanged');
  expect([again.status, changed]).toEqual([200, []]);
  expect(again.json.counts).toMatchObject(NOTHING_CHANGED);
  const moved = await importInto(target, text);
  expect([moved.status, moved.json.errors ?? []]).toEqual([200, []]);
  const arrived = await new AdminClient(target, target.adminToken).get('/export');
  expect(withoutSeals(arrived.text)).toEqual(withoutSeals(text));
}

/** Refused for a reason of its own, or taken; nothing else. */
async function send({ path, body }: EdgePost): Promise<boolean> {
  const { status, text } = await admin.post(path, body);
  if ([201, 400, 409].includes(status)) return status === 201;
  throw new Error(`POST ${path} ${JSON.stringify(body)} answered ${status}: ${text}`);
}

it('imports whatever the API has accepted, where it was and where nothing is', async () => {
  let [sent, taken] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.noShrink(fc.gen()), async (draw) => {
      await Promise.all([empty(source), empty(target)]);
      const world = await createWorld();
      const posts = Array.from({ length: 40 }, () => draw(edgePost, world));
      sent += posts.length;
      taken += (await Promise.all(posts.map(send))).filter(Boolean).length;
      await expectImportable();
    }),
    { numRuns: 10 },
  );
  // Where nearly all is refused, or nothing, nothing is shown.
  expect(taken / sent).toBeGreaterThan(0.25);
  expect(taken / sent).toBeLessThan(0.9);
}, 240_000);

it('takes and refuses at the API what an import takes and refuses', async () => {
  await Promise.all([empty(source), empty(target)]);
  const { tenantId, providerIds } = await createWorld();
  const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '2' };
  const dated = { providerKind: 'openai', upstreamModel: 'm', effectiveFrom: '2026-01-01', price };
  const budget = { amountUsd: '5', period: 'day' };
  const deployment = { providerId: providerIds[0], upstreamModel: 'simulated-1' };
  const below = `/tenants/${tenantId}`;
  const posts: [path: string, body: object, status: number][] = [
    ['/prices', dated, 201],
    ['/prices', { ...dated, upstreamModel: 'n', source: '' }, 201],
    ['/prices', { ...dated, upstreamModel: 'o', price: { ...price, inputUsdPerMTok: '1000000' } }, 201],
    ['/prices', { ...dated, upstreamModel: 'p', price: { ...price, inputUsdPerMTok: '1000000.1' } }, 400],
    ['/prices', { ...dated, upstreamModel: ' q' }, 400],
    [`${below}/budgets`, { ...budget, amountUsd: '0' }, 400],
    [`${below}/budgets`, { ...budget, webhookUrl: 'https://user:pass@hooks.invalid' }, 400],
    [`${below}/budgets`, { ...budget, scope: { model: 'gpt-*' } }, 400],
    ['/models', { name: 'a*', deployments: [deployment] }, 400],
    ['/models', { name: ' a', deployments: [deployment] }, 400],
    ['/models', { name: 'b', deployments: [{ ...deployment, upstreamModel: 'm ' }] }, 400],
    ['/models', { name: 'c', deployments: [{ ...deployment, upstreamModel: 'sim:nonsense' }] }, 400],
    [`${below}/keys`, { name: 'k', user: ' ada ' }, 400],
    [`${below}/keys`, { name: 'k', allowedModels: ['gpt-*'] }, 201],
    ['/providers', { name: 's', kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1', settings: { a: 1 } }, 400],
    ['/tenants', { name: 'a\u0085b' }, 400],
  ];
  for (const [path, body, expected] of posts) {
    const { status } = await admin.post(path, body);
    expect({ path, body, status }).toEqual({ path, body, status: expected });
  }
  await expectImportable();
});
