import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { MovableClock } from '../support/movable-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let clock: MovableClock;
let gateway: TestGateway;
let admin: AdminClient;
let tenantId: string;
let keys: string;

beforeAll(async () => {
  clock = new MovableClock();
  gateway = await TestGateway.start({ config: configureSimulated(), clock });
  admin = new AdminClient(gateway, gateway.adminToken);
  tenantId = (await admin.create('/tenants', { name: 'repeated' })).id;
  keys = `/tenants/${tenantId}/keys`;
});

afterAll(() => gateway.stop());

const postOnce = (path: string, body: unknown, idempotencyKey: string, client = admin) =>
  client.post(path, body, { 'idempotency-key': idempotencyKey });

describe('a POST with an Idempotency-Key', () => {
  it('is answered as the first time for 24 hours, and runs again after that', async () => {
    const body = { tokens: 5, period: 'day' };
    const path = `/tenants/${tenantId}/budgets`;
    const first = await postOnce(path, body, 'day');
    expect(first.status).toBe(201);
    // Changed meanwhile: the answer is the one of the first time all the same.
    expect((await admin.patch(`${path}/${first.json.id}`, { tokens: 6 })).status).toBe(200);
    clock.advance(24 * HOUR_MS - MINUTE_MS);
    const replayed = await postOnce(path, body, 'day');
    expect([replayed.status, replayed.json]).toEqual([201, first.json]);
    for (const name of ['location', 'etag']) expect(replayed.headers.get(name)).toBe(first.headers.get(name));
    clock.advance(MINUTE_MS + 1);
    const again = await postOnce(path, body, 'day');
    expect(again.status).toBe(201);
    expect(again.json.id).not.toBe(first.json.id);
    expect((await admin.get(path)).json.data).toHaveLength(2);
  });

  it.each([
    ['key', () => [keys, { name: 'shown' }] as const],
    ['administrator', () => ['/admins', { name: 'shown', role: 'viewer' }] as const],
  ])('shows the secret of a new %s again for 10 minutes, then null', async (name, request) => {
    const [path, body] = request();
    const first = await postOnce(path, body, `secret of ${name}`.replaceAll(' ', '-'));
    const replay = () => postOnce(path, body, `secret of ${name}`.replaceAll(' ', '-'));
    expect(first.json.key).toMatch(/^tp[ak]_/);
    clock.advance(10 * MINUTE_MS - 5_000);
    expect((await replay()).json).toEqual(first.json);
    clock.advance(5_000);
    const late = await replay();
    expect([late.status, late.json]).toEqual([201, { ...first.json, key: null }]);
    // What was shown is nowhere to be read, also not by who reads the database.
    const [{ text }] = await gateway.query(
      `SELECT string_agg(r::text, '') AS text FROM idempotency_records r`,
    );
    expect(text).not.toContain(first.json.key.slice(12));
  });

  it('shows the secret of a rotation again, and rotates once', async () => {
    const { id } = await admin.create(keys, { name: 'turned' });
    const rotate = () => postOnce(`${keys}/${id}/rotate`, { overlapSeconds: 60 }, 'rotation');
    const [first, second] = [await rotate(), await rotate()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.json).toEqual(first.json);
    expect((await admin.get(`${keys}?name=turned`)).json.data).toHaveLength(2);
  });

  it('is refused with another body, and leaves what there is', async () => {
    const first = await postOnce(keys, { name: 'one' }, 'body');
    const other = await postOnce(keys, { name: 'two' }, 'body');
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await postOnce(keys, { name: 'one' }, 'body')).json).toEqual(first.json);
    expect((await admin.get(`${keys}?name=two`)).json.data).toEqual([]);
  });

  it('means nothing to another administrator, nor on another route', async () => {
    const { key: token } = await admin.create('/admins', { name: 'other', role: 'platform-admin' });
    const body = { name: 'scoped' };
    const mine = await postOnce(keys, body, 'scope');
    const theirs = await postOnce(keys, body, 'scope', new AdminClient(gateway, token));
    const elsewhere = await postOnce('/tenants', body, 'scope');
    expect([mine.status, theirs.status, elsewhere.status]).toEqual([201, 201, 201]);
    expect(new Set([mine, theirs, elsewhere].map(({ json }) => json.id)).size).toBe(3);
    expect(theirs.json.key).not.toBe(mine.json.key);
  });

  it('that failed runs again', async () => {
    expect((await postOnce(keys, { name: '' }, 'failed')).status).toBe(400);
    expect((await postOnce(keys, { name: 'good' }, 'failed')).status).toBe(201);
  });
});
