import { AdminClient } from '../support/admin-client.ts';
import { TestGateway } from '../support/gateway.ts';

describe('the rotation of a key', () => {
  let gateway: TestGateway;
  let admin: AdminClient;
  let keys: string;

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: {} });
    admin = new AdminClient(gateway, gateway.adminToken);
    const tenant = await admin.create('/tenants', { name: 'acme' });
    keys = `/tenants/${tenant.id}/keys`;
  });
  afterAll(() => gateway.stop());

  const rotate = (id: string, overlapSeconds = 3_600) =>
    admin.post(`${keys}/${id}/rotate`, { overlapSeconds });
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

  it.each([null, inDays(30)])('gives the successor the expiry that the key had: %s', async (expiresAt) => {
    const key = await admin.create(keys, { name: 'app', expiresAt, tags: { team: 'a' }, user: 'u' });
    const { status, json } = await rotate(key.id);
    expect(status).toBe(201);
    expect(json).toMatchObject({ expiresAt, tags: { team: 'a' }, user: 'u', successorId: null });
    const rotated = await admin.get(`${keys}/${key.id}`);
    expect(rotated.json).toMatchObject({ status: 'active', successorId: json.id });
    expect(Date.parse(rotated.json.expiresAt)).toBeLessThan(Date.now() + 3_601_000);
  });

  it('never makes a key live longer than it would have', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const key = await admin.create(keys, { name: 'soon', expiresAt });
    expect((await rotate(key.id)).json.expiresAt).toBe(expiresAt);
    expect((await admin.get(`${keys}/${key.id}`)).json.expiresAt).toBe(expiresAt);
  });

  it.each([3_600, 0])(
    'refuses a key that was rotated with an overlap of %d s, and names its successor',
    async (overlap) => {
      const key = await admin.create(keys, { name: 'twice' });
      const { id } = (await rotate(key.id, overlap)).json;
      const again = await rotate(key.id);
      expect(again.status).toBe(409);
      expect(again.json).toMatchObject({ code: 'conflict', title: expect.stringContaining(id) });
      const next = await rotate(id);
      expect(next.status).toBe(201);
      expect(next.json.expiresAt).toBeNull();
    },
  );

  it('refuses an expired key rather than make one that is expired too', async () => {
    const key = await admin.create(keys, { name: 'old', expiresAt: inDays(-1) });
    const { status, json } = await rotate(key.id);
    expect([status, json.code]).toEqual([409, 'conflict']);
    expect(json.title).toContain('expired');
    const { data } = (await admin.get(`${keys}?name=old`)).json;
    expect(data).toHaveLength(1);
  });
});
