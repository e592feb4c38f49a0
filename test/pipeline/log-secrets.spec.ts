import { randomBytes } from 'node:crypto';
import { generateKey } from '../../src/tenancy/key-format.ts';
import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { findLeaks } from '../support/find-leaks.ts';
import { configureOne } from '../support/gateway-configs.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const CREDENTIAL = `sk-${randomBytes(24).toString('hex')}`;

let upstream: Upstream;
let gateway: TestGateway;
let admin: AdminClient;
let secrets: string[];

beforeAll(async () => {
  upstream = await startOpenAiUpstream();
  const encryptionKey = randomBytes(32).toString('base64');
  gateway = await TestGateway.start({
    config: configureOne('openai', upstream),
    env: { LOG_LEVEL: 'trace', UPSTREAM_KEY: CREDENTIAL },
    encryptionKey,
    isLogged: true,
  });
  admin = new AdminClient(gateway, gateway.adminToken);
  secrets = [gateway.key(), gateway.adminToken, CREDENTIAL, encryptionKey];
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

/** Runs, waits until the log says so, and gives what was logged meanwhile. */
async function logOf(run: () => Promise<unknown>, sign: RegExp): Promise<string> {
  const before = gateway.log.length;
  await run();
  return eventually(() => {
    const log = gateway.log.slice(before);
    return sign.test(log) ? log : null;
  });
}

describe('the log at its most talkative', () => {
  it.each([401, 403, 404, 400, 429, 500])(
    'says that the upstream answered %s, but not the credential that the upstream repeats',
    async (status) => {
      const errorMessage = `Incorrect API key provided: ${CREDENTIAL}. Sent with Bearer ${CREDENTIAL}`;
      upstream.setDefault({ status, errorMessage });
      let answer: Answer | null = null;
      const log = await logOf(async () => {
        answer = await gateway.chat({});
      }, /"code":"/);
      upstream.setDefault({});
      expect(findLeaks(log, secrets)).toEqual([]);
      expect(findLeaks(JSON.stringify(await gateway.trace(answer as unknown as Answer)), secrets)).toEqual(
        [],
      );
    },
  );

  it.each([
    ['breaks off', { cutAfterFrames: 1 }],
    ['tells of the credential in the middle', { errorAfterFrames: 1, errorMessage: `bad key ${CREDENTIAL}` }],
    ['never began', { cutBeforeHead: true }],
  ])('keeps the credential of a stream that %s', async (_name, behaviour) => {
    upstream.setDefault(behaviour);
    await gateway.chat({ stream: true });
    await gateway.chat({});
    upstream.setDefault({});
    expect(findLeaks(gateway.log, secrets)).toEqual([]);
  });

  it('keeps the keys that strangers and customers send, right and nearly right', async () => {
    const forged = generateKey('tpk_');
    const token = generateKey('tpa_');
    const misspelt = `${gateway.key().slice(0, -1)}!`;
    const log = await logOf(async () => {
      for (const key of [forged, misspelt, token]) {
        await gateway.chat({}, { authorization: `Bearer ${key}` });
        await gateway.messages({}, { 'x-api-key': key });
        await gateway.send(`/v1/models/${key}`, { headers: { authorization: `Bearer ${key}` } });
        expect((await new AdminClient(gateway, key).get('/tenants')).status).toBe(401);
      }
      await gateway.chat({}, { authorization: `Bearer ${gateway.key()}`, 'x-api-key': forged });
      await gateway.chat({ model: gateway.key() });
      await gateway.chat({ temperature: gateway.key() });
      await gateway.chat({ messages: [{ role: gateway.key(), content: 'x' }] });
      await gateway.send(`/v1/models/${gateway.key()}`);
    }, /invalid_api_key/);
    expect(log.length).toBeGreaterThan(500);
    expect(findLeaks(log, [...secrets, forged, token, misspelt])).toEqual([]);
  });

  it('is not the only place: trace, ledger and metrics do not repeat a key that stands for a model either', async () => {
    const answer = await gateway.chat({ model: gateway.key() });
    expect(answer.status).toBe(404);
    const rows = await eventually(async () => {
      const found = await gateway.query('SELECT * FROM usage_ledger WHERE id = $1', [
        answer.headers.get('request-id'),
      ]);
      return found.length > 0 ? found : null;
    });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    const kept = JSON.stringify([await gateway.trace(answer), rows]) + metrics;
    expect(kept).toContain(`${gateway.key().slice(0, 12)}***`);
    expect(findLeaks(kept, secrets)).toEqual([]);
  });

  it('keeps what administrators make and send', async () => {
    const credential = `sk-${randomBytes(24).toString('hex')}`;
    const provider = { name: 'p', kind: 'openai', baseUrl: `${upstream.url}/v1`, apiKey: credential };
    const made: string[] = [credential];
    const log = await logOf(async () => {
      const tenant = await admin.create('/tenants', { name: 'made' });
      const keys = `/tenants/${tenant.id}/keys`;
      const key = await admin.create(keys, { name: 'k' });
      const rotated = await admin.create(`${keys}/${key.id}/rotate`, { overlapSeconds: 60 });
      const person = await admin.create('/admins', { name: 'a', role: 'viewer' });
      made.push(key.key, rotated.key, person.key);
      const { id } = await admin.create('/providers', provider);
      await admin.post(`/providers/${id}/test`, {});
      // Refused in every way: the same name, a wrong field, a wrong type, no right to.
      await admin.post('/providers', provider);
      await admin.post('/providers', { ...provider, name: 'q', [credential]: credential });
      await admin.patch(`/providers/${id}`, { apiKey: { secret: credential } });
      await new AdminClient(gateway, person.key).post('/providers', provider);
      await admin.post('/import', { providers: [{ name: 'i', kind: 'openai', apiKey: credential }] });
      await gateway.chat({}, { authorization: `Bearer ${key.key}` });
    }, /access_denied/);
    expect(made).toHaveLength(4);
    expect(findLeaks(log, [...secrets, ...made])).toEqual([]);
  });

  it('is what the gateway wrote all along', () => {
    const lines = gateway.log.trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(gateway.log).toContain('upstream_misconfigured');
    // The test can see: a text that is logged is found.
    expect(findLeaks(gateway.log, ['upstream_misconfigured'])).not.toEqual([]);
  });
});
