import { generateKey } from '../../src/tenancy/key-format.ts';
import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { StatementRecorder } from '../support/statement-recorder.ts';

const MINUTE_MS = 60_000;

let clock: MovableClock;
let gateway: TestGateway;
let recorder: StatementRecorder;
let admin: AdminClient;
let keys: string;

beforeAll(async () => {
  clock = new MovableClock();
  gateway = await TestGateway.start({ config: configureSimulated(), clock });
  recorder = new StatementRecorder(gateway.app.getHttpServer());
  admin = new AdminClient(gateway, gateway.adminToken);
  keys = `/tenants/${(await admin.create('/tenants', { name: 'ruled' })).id}/keys`;
});

afterAll(async () => {
  recorder.stop();
  await gateway.stop();
});

const inMs = (milliseconds: number): string => new Date(clock.nowMs() + milliseconds).toISOString();
const chatWith = (key: string, headers: Record<string, string> = {}) =>
  gateway.chat({}, { authorization: `Bearer ${key}`, ...headers });
/** A key can be there before this process knows its new tenant. */
const untilWorks = (key: string) =>
  eventually(async () => ((await chatWith(key)).status === 200 ? true : null));

async function expectRefused(key: string): Promise<void> {
  const { status, json, headers } = await chatWith(key);
  expect([status, json.error.code]).toEqual([401, 'invalid_api_key']);
  expect(headers.get('x-tokenpak-error-code')).toBe('invalid_api_key');
}

describe('an API key', () => {
  it('works until it expires, also where it is known already', async () => {
    const { key } = await admin.create(keys, { name: 'short', expiresAt: inMs(MINUTE_MS) });
    await untilWorks(key);
    clock.advance(MINUTE_MS - 10_000);
    expect((await chatWith(key)).status).toBe(200);
    clock.advance(10_000);
    await expectRefused(key);
  });

  it('that had expired before it was first used never works', async () => {
    const { key } = await admin.create(keys, { name: 'unused', expiresAt: inMs(1) });
    clock.advance(1);
    await expectRefused(key);
  });

  it('and its successor both work until the overlap of the rotation ends, then the successor alone', async () => {
    const old = await admin.create(keys, { name: 'rotated' });
    await untilWorks(old.key);
    const fresh = await admin.create(`${keys}/${old.id}/rotate`, { overlapSeconds: 3_600 });
    expect(fresh.key).not.toBe(old.key);
    expect((await chatWith(fresh.key)).status).toBe(200);
    await eventually(async () =>
      (await admin.get(`${keys}/${old.id}`)).json.expiresAt === null ? null : true,
    );
    clock.advance(3_590_000);
    expect((await chatWith(old.key)).status).toBe(200);
    clock.advance(10_000);
    // The process learns the end of the overlap from the change feed, long before it comes.
    await eventually(async () => ((await chatWith(old.key)).status === 401 ? true : null));
    await expectRefused(old.key);
    expect((await chatWith(fresh.key)).status).toBe(200);
  });

  it('stops within a second when it is rotated without an overlap', async () => {
    const old = await admin.create(keys, { name: 'replaced' });
    await untilWorks(old.key);
    const fresh = await admin.create(`${keys}/${old.id}/rotate`, {});
    await eventually(async () => ((await chatWith(old.key)).status === 401 ? true : null), 1_000);
    expect((await chatWith(fresh.key)).status).toBe(200);
  });

  it('that requires tags refuses requests without them, and takes them from header or key', async () => {
    const requiredTags = ['team', 'app'];
    const { key } = await admin.create(keys, { name: 'tagged', requiredTags, tags: { app: 'fixed' } });
    const untagged = await chatWith(key);
    expect([untagged.status, untagged.json.error]).toMatchObject([
      400,
      { code: 'invalid_request', param: 'x-tokenpak-tags', message: expect.stringContaining('"team"') },
    ]);
    expect((await chatWith(key, { 'x-tokenpak-tags': 'other=a' })).status).toBe(400);
    const tagged = await chatWith(key, { 'x-tokenpak-tags': 'team=a,app=mine' });
    expect(tagged.status).toBe(200);
    expect((await gateway.ledgerRow(tagged)).tags).toEqual({ team: 'a', app: 'fixed' });
  });

  it('is found by its prefix, and by no more of it', async () => {
    const made = await admin.create(keys, { name: 'searched' });
    await admin.create(keys, { name: 'another' });
    const find = async (prefix: string): Promise<string[]> => {
      const { status, json } = await admin.get(`${keys}?limit=200&prefix=${encodeURIComponent(prefix)}`);
      expect(status).toBe(200);
      return json.data.map(({ id }: { id: string }) => id);
    };
    expect(made.key.startsWith(made.prefix)).toBe(true);
    expect(await find(made.prefix)).toEqual([made.id]);
    expect(await find(made.prefix.slice(0, -1))).toContain(made.id);
    expect(await find(made.key.slice(0, made.prefix.length + 1))).toEqual([]);
    expect((await find('tpk_')).length).toBeGreaterThan(1);
    // Not as patterns of LIKE.
    expect([await find('%'), await find('tpk%'), await find('____')]).toEqual([[], [], []]);
  });
});

describe('keys of strangers', () => {
  /** Statements that `run` caused which look a key up. */
  const countLookups = async (run: () => Promise<unknown>): Promise<number> => {
    const { statements } = await recorder.record(run);
    return statements.filter((sql) => sql.includes('api_keys')).length;
  };

  it('cost one statement when they are well formed, however often and by how many they are sent', async () => {
    const forged = generateKey('tpk_');
    const attack = () => Promise.all(Array.from({ length: 20 }, () => expectRefused(forged)));
    expect(await countLookups(attack)).toBe(1);
    expect(await countLookups(attack)).toBe(0);
    clock.advance(30_000);
    expect(await countLookups(attack)).toBe(1);
  });

  it('cost none when they are not', async () => {
    const forged = generateKey('tpk_');
    const last = forged.endsWith('0') ? '1' : '0';
    for (const key of [
      `${forged.slice(0, -1)}${last}`,
      forged.slice(0, -1),
      `${forged}0`,
      'tpk_',
      'x'.repeat(9_000),
    ])
      expect(await countLookups(() => expectRefused(key))).toBe(0);
  });

  it('cost none when they are known, once they were looked up', async () => {
    const { key } = await admin.create(keys, { name: 'counted' });
    await untilWorks(key);
    expect(await countLookups(() => untilWorks(key))).toBe(0);
  });
});

describe("an administrator's token", () => {
  const listWith = async (token: string): Promise<[number, unknown]> => {
    const { status, json } = await new AdminClient(gateway, token).get('/tenants');
    return [status, json.code];
  };

  it('works until it expires', async () => {
    const viewer = { name: 'short', role: 'viewer', expiresAt: inMs(MINUTE_MS) };
    const { key } = await admin.create('/admins', viewer);
    expect(key).toMatch(/^tpa_/);
    expect((await listWith(key))[0]).toBe(200);
    clock.advance(MINUTE_MS);
    expect(await listWith(key)).toEqual([401, 'invalid_admin_token']);
  });

  it('stops with the next request once it is revoked', async () => {
    const { id, key } = await admin.create('/admins', { name: 'gone', role: 'platform-admin' });
    expect((await listWith(key))[0]).toBe(200);
    expect((await admin.delete(`/admins/${id}`)).status).toBe(204);
    expect(await listWith(key)).toEqual([401, 'invalid_admin_token']);
  });
});
