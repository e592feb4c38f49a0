import { setTimeout as sleep } from 'node:timers/promises';
import { TestGateway } from '../support/gateway.ts';

/** The size that an installation may have. */
const TENANTS = 10_000;
const KEYS = 100_000;
const COUNTS = `SELECT (SELECT count(*) FROM tenants)::int AS tenants, (SELECT count(*) FROM budgets)::int AS budgets,
  count(*)::int AS keys, count(DISTINCT hash)::int AS secrets, count(DISTINCT tenant_id)::int AS owners FROM api_keys`;
/** Of half a minute; an import that is not cut up answers a handful. */
const ANSWERED_MEANWHILE = 25;

let source: TestGateway;
let target: TestGateway;

beforeAll(async () => {
  source = await TestGateway.start({ config: {} });
  target = await TestGateway.start({ config: {} });
  await source.query(
    `INSERT INTO tenants (id, revision, name)
     SELECT gen_random_uuid(), 1, 'tenant-' || n FROM generate_series(1, ${TENANTS}) AS n`,
  );
  await source.query(
    `INSERT INTO api_keys (id, revision, tenant_id, name, hash, prefix, tags)
     SELECT gen_random_uuid(), 1, id, 'key-' || n, encode(sha256((id || '/' || n)::bytea), 'hex'), 'tpk_abcd1234', '{"team": "a"}'
     FROM tenants, generate_series(1, ${KEYS / TENANTS}) AS n`,
  );
  await source.query(
    `INSERT INTO budgets (id, revision, owner, period, amount_tokens, scope)
     SELECT gen_random_uuid(), 1, id, 'day', 1000000, '{"user": "ada"}' FROM tenants`,
  );
}, 120_000);

afterAll(async () => {
  await source.stop();
  await target.stop();
});

it('moves 10,000 tenants with 100,000 keys into an empty database, and goes on serving meanwhile', async () => {
  const exported = await source.admin('/export?format=json');
  expect(exported.status).toBe(200);
  const headers = { 'content-type': 'application/json' };
  const importing = (query: string) =>
    target.admin(`/import${query}`, { method: 'POST', body: exported.text, headers });
  let answered = 0;
  const ended = new AbortController();
  const asking = (async () => {
    for (; !ended.signal.aborted; answered += 1) {
      expect((await fetch(`${target.url}/health/live`)).status).toBe(200);
      await sleep(50);
    }
  })();
  const imported = await importing('');
  ended.abort();
  await asking;
  expect(imported.status).toBe(200);
  const created = { create: 2 * TENANTS + KEYS, update: 0, disable: 0, delete: 0, unchanged: 0 };
  expect(imported.json.counts).toEqual(created);
  expect(await target.query(COUNTS)).toEqual(await source.query(COUNTS));
  const again = await importing('?prune=true&dryRun=true');
  expect(again.json.counts).toEqual({ ...created, create: 0, unchanged: created.create });
  expect(answered).toBeGreaterThan(ANSWERED_MEANWHILE);
}, 300_000);
