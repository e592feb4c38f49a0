import { AdminClient } from '../support/admin-client.ts';
import { TestGateway } from '../support/gateway.ts';

const UNKNOWN = '0197f3a0-7c1e-7000-8000-0000000000ff';

let gateway: TestGateway;
let platform: AdminClient;
let tenant: AdminClient;
let strangerId: string;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: {} });
  platform = new AdminClient(gateway, gateway.adminToken);
  const { id: tenantId } = await platform.create('/tenants', { name: 'acme' });
  strangerId = (await platform.create('/tenants', { name: 'stranger' })).id;
  const made = await platform.create('/admins', { name: 'a', role: 'tenant-admin', tenantId });
  tenant = new AdminClient(gateway, made.key);
});

afterAll(() => gateway.stop());

const fieldsOf = (json: { errors: { field: string }[] }) => json.errors.map(({ field }) => field).sort();

describe('one answer tells every invalid field', () => {
  it.each(['/providers', '/models', '/routing-rules', '/prices'])(
    'of a new row and of its owner, whoever it is meant to be: %s',
    async (path) => {
      const body = { unknown: 1, name: '', upstreamModel: '' };
      const alone = fieldsOf((await platform.post(path, body)).json);
      expect(alone.length).toBeGreaterThan(1);
      for (const owner of ['nobody', 5, {}, UNKNOWN, '']) {
        const { status, json } = await platform.post(path, { ...body, owner });
        expect([status, fieldsOf(json)]).toEqual([400, [...alone, 'owner'].sort()]);
      }
      // The same for a tenant that is another's and for one that is missing.
      const answers = await Promise.all(
        ['platform', strangerId, UNKNOWN].map((owner) => tenant.post(path, { ...body, owner })),
      );
      for (const { status, json } of answers)
        expect([status, json.errors]).toEqual([400, answers[0]?.json.errors]);
      expect(fieldsOf(answers[0]?.json)).toEqual([...alone, 'owner'].sort());
    },
  );

  it('names an owner that is the only fault, and says again that it cannot be changed', async () => {
    const body = { name: 'p', kind: 'simulated', baseUrl: 'http://simulated.invalid' };
    const refused = await tenant.post('/providers', { ...body, owner: strangerId });
    expect([refused.status, fieldsOf(refused.json)]).toEqual([400, ['owner']]);
    const { id } = await platform.create('/providers', body);
    for (const owner of ['platform', 'nobody']) {
      const { status, json } = await platform.patch(`/providers/${id}`, { owner, name: '' });
      expect([status, fieldsOf(json)]).toEqual([400, ['name', 'owner']]);
    }
  });

  it.each(['/tenants', '/admins', '/models', '/budgets'])(
    'of the page and of the filters: %s',
    async (path) => {
      const { status, json } = await platform.get(`${path}?limit=0&sort=colour&unknown=1&enabled=maybe`);
      expect([status, fieldsOf(json)]).toEqual([400, ['enabled', 'limit', 'sort', 'unknown']]);
    },
  );

  it("of the page and of the filters of a tenant's keys", async () => {
    const { status, json } = await platform.get(`/tenants/${strangerId}/keys?limit=x&status=lost&sort=`);
    expect([status, fieldsOf(json)]).toEqual([400, ['limit', 'sort', 'status']]);
  });
});
