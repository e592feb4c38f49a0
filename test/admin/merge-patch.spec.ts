import { AdminClient } from '../support/admin-client.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let admin: AdminClient;
let tenantPath: string;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: {} });
  admin = new AdminClient(gateway, gateway.adminToken);
  tenantPath = `/tenants/${(await admin.create('/tenants', { name: 'acme' })).id}`;
});

afterAll(() => gateway.stop());

const errorsOf = (json: { errors: { field: string }[] }) => json.errors.map(({ field }) => field);

describe('a merge patch', () => {
  it('leaves the tags of a key that it does not name, and takes away those that are null', async () => {
    const key = await admin.create(`${tenantPath}/keys`, { name: 'k', tags: { team: 'a', app: 'x' } });
    const path = `${tenantPath}/keys/${key.id}`;
    const changed = await admin.patch(path, { tags: { app: 'y' } });
    expect(changed.json.tags).toEqual({ team: 'a', app: 'y' });
    const taken = await admin.patch(path, { tags: { app: null } });
    expect([taken.status, taken.json.tags]).toEqual([200, { team: 'a' }]);
    expect((await admin.get(path)).json.tags).toEqual({ team: 'a' });
    expect((await admin.patch(path, { tags: null })).json.tags).toEqual({});
  });

  it('is judged by the key that it makes, not by itself', async () => {
    const tags = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`t${index}`, 'v']));
    const key = await admin.create(`${tenantPath}/keys`, { name: 'k', tags });
    const path = `${tenantPath}/keys/${key.id}`;
    const eleventh = await admin.patch(path, { tags: { more: 'v' } });
    expect([eleventh.status, errorsOf(eleventh.json)]).toEqual([400, ['tags']]);
    const swapped = await admin.patch(path, { tags: { more: 'v', t0: null } });
    expect(Object.keys(swapped.json.tags)).toHaveLength(10);
  });

  it('gives members of a key that are null their defaults, and keeps its name', async () => {
    const given = {
      allowedModels: ['m'],
      requiredTags: ['team'],
      user: 'ada',
      expiresAt: '2040-01-01T00:00:00Z',
    };
    const key = await admin.create(`${tenantPath}/keys`, { name: 'k', ...given });
    const path = `${tenantPath}/keys/${key.id}`;
    const nothing = { allowedModels: null, requiredTags: null, user: null, expiresAt: null };
    const cleared = await admin.patch(path, nothing);
    expect(cleared.json).toMatchObject({ allowedModels: [], requiredTags: [], user: null, expiresAt: null });
    expect((await admin.patch(path, {})).json).toMatchObject({ name: 'k', allowedModels: [] });
    expect((await admin.patch(path, { name: null })).status).toBe(400);
  });

  it('gives members of a tenant that are null their defaults', async () => {
    const body = { name: 'defaults', quotaFallback: 'closed', status: 'suspended' };
    const tenant = await admin.create('/tenants', body);
    expect(tenant).toMatchObject(body);
    const path = `/tenants/${tenant.id}`;
    const changed = await admin.patch(path, { quotaFallback: null, status: null });
    expect(changed.json).toMatchObject({ name: 'defaults', quotaFallback: 'local', status: 'active' });
    expect((await admin.patch(path, { status: 'archived' })).status).toBe(400);
    expect((await admin.patch(path, { name: null })).status).toBe(400);
  });

  it('changes name and expiry of an administrator, never role and tenant', async () => {
    const made = { name: 'a', role: 'viewer', expiresAt: '2040-01-01T00:00:00.000Z' };
    const { id } = await admin.create('/admins', made);
    const renamed = await admin.patch(`/admins/${id}`, { name: 'b' });
    expect(renamed.json).toMatchObject({ ...made, name: 'b' });
    expect((await admin.patch(`/admins/${id}`, { expiresAt: null })).json).toMatchObject({ expiresAt: null });
    for (const patch of [{ role: 'platform-admin' }, { tenantId: null }, { name: null }, { other: null }])
      expect((await admin.patch(`/admins/${id}`, patch)).status).toBe(400);
  });

  it('gives members of a cache policy that are null their defaults; PUT does so with absent ones', async () => {
    const path = `${tenantPath}/cache-policy`;
    const set = await admin.patch(path, { mode: 'always', ttlSeconds: 5 });
    expect(set.json).toEqual({ mode: 'always', ttlSeconds: 5 });
    expect((await admin.patch(path, { mode: null })).json).toEqual({ mode: 'deterministic', ttlSeconds: 5 });
    const put = await admin.send('PUT', path, { mode: 'off' }, { 'if-match': '*' });
    expect(put.json).toEqual({ mode: 'off', ttlSeconds: 3_600 });
    expect((await admin.patch(path, { semantic: { enabled: true } })).status).toBe(400);
  });

  it.each([['[]'], ['"text"'], ['1']])('must be an object: %s', async (body) => {
    const key = await admin.create(`${tenantPath}/keys`, { name: 'k' });
    for (const path of [`${tenantPath}/keys/${key.id}`, tenantPath, `${tenantPath}/cache-policy`]) {
      const { status } = await gateway.admin(path, { method: 'PATCH', body, headers: { 'if-match': '*' } });
      expect(status).toBe(400);
    }
  });
});
