import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { createTestDatabase } from '../support/test-database.ts';

const MINUTE_MS = 60_000;

/** Starts gateways and gives what lets their timers of one minute ring. */
async function startWithTimers(start: () => Promise<TestGateway[]>) {
  const rings: (() => void)[] = [];
  const realSetInterval = setInterval;
  const remember = (ring: () => void, ms = 0) => {
    if (ms === MINUTE_MS) rings.push(ring);
    return realSetInterval(ring, ms);
  };
  const spy = jest.spyOn(globalThis, 'setInterval').mockImplementation(remember);
  try {
    const gateways = await start();
    return { gateways, ringMinute: () => rings.forEach((ring) => ring()) };
  } finally {
    spy.mockRestore();
  }
}

it('forgets a secret after 10 minutes and the record after 24 hours, without another request, on several processes', async () => {
  const clock = new MovableClock();
  const database = await createTestDatabase();
  const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
  const { gateways, ringMinute } = await startWithTimers(async () => {
    const shared = { clock, database, redisUrl, encryptionKey: randomBytes(32).toString('base64') };
    const first = await TestGateway.start({ ...shared, config: configureSimulated() });
    return [first, await TestGateway.start({ ...shared, config: null })];
  });
  const [gateway] = gateways as [TestGateway];
  const admin = new AdminClient(gateway, gateway.adminToken);
  const { id } = await admin.create('/tenants', { name: 'forgotten' });
  const create = (name: string) =>
    admin.post(`/tenants/${id}/keys`, { name }, { 'idempotency-key': `of-${name}` });
  const list = () =>
    gateway.query(
      `SELECT response->>'name' AS name, secret_sealed IS NOT NULL AS "hasSecret" FROM idempotency_records ORDER BY created_at`,
    );
  const listWhen = (isDone: (rows: any[]) => boolean) =>
    eventually(async () => {
      const rows = await list();
      return isDone(rows) ? rows : null;
    });

  const old = await create('old');
  clock.advance(9 * MINUTE_MS);
  await create('young');
  clock.advance(MINUTE_MS);
  ringMinute();
  await listWhen(([row]) => row.hasSecret === false);
  expect(await list()).toEqual([
    { name: 'old', hasSecret: false },
    { name: 'young', hasSecret: true },
  ]);
  expect((await create('old')).json).toEqual({ ...old.json, key: null });

  clock.advance(24 * 60 * MINUTE_MS - 10 * MINUTE_MS + 5_000);
  ringMinute();
  expect(await listWhen((rows) => rows.length === 1)).toEqual([{ name: 'young', hasSecret: false }]);
  for (const each of gateways) await each.stop();
  await database.drop();
});
