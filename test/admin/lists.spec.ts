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

type Row = Record<string, unknown> & { id: string };

/** All pages, two rows each. */
async function listAll(path: string, query: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, json } = await admin.get(`${path}?limit=2&${query}${after}`);
    expect(status).toBe(200);
    rows.push(...(json.data as Row[]));
    cursor = json.nextCursor as string | null;
  }
  return rows;
}

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

function sortBy(rows: readonly Row[], field: string): Row[] {
  const valueOf = (row: Row) => row[field] as string | number;
  return [...rows].sort((a, b) => {
    if (valueOf(a) !== valueOf(b)) return valueOf(a) < valueOf(b) ? -1 : 1;
    return a.id < b.id ? -1 : 1;
  });
}

async function expectSorted(path: string, field: string): Promise<void> {
  const rows = sortBy(await listAll(path, 'sort=createdAt'), field);
  expect(rows.length).toBeGreaterThan(4);
  expect(idsOf(await listAll(path, `sort=${field}`))).toEqual(idsOf(rows));
  expect(idsOf(await listAll(path, `sort=-${field}`))).toEqual(idsOf([...rows].reverse()));
}

describe('lists', () => {
  it('show every rule once by priority, those of the same priority by their age', async () => {
    await admin.create('/providers', { name: 'p', kind: 'simulated', baseUrl: 'http://simulated.invalid' });
    const action = { type: 'use-providers', providers: ['p'] };
    for (const [index, priority] of [10, 5, 5, 0, 10, 5, 1_000_000].entries())
      await admin.create('/routing-rules', { name: `r${index}`, priority, action });
    await expectSorted('/routing-rules', 'priority');
    await expectSorted('/routing-rules', 'name');
  });

  it('show every price once by the day from which it holds', async () => {
    const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '2' };
    const days = ['2026-01-01', '2024-02-29', '2026-01-01', '0999-12-31', '2026-01-01'];
    for (const [index, effectiveFrom] of days.entries())
      await admin.create('/prices', {
        providerKind: 'openai',
        upstreamModel: `m${index}`,
        effectiveFrom,
        price,
      });
    await expectSorted('/prices', 'effectiveFrom');
    const narrowed = await listAll('/prices', 'sort=effectiveFrom&effectiveFrom=2026-01-01');
    expect(narrowed).toHaveLength(3);
  });

  it('show every row once by when it was changed, also where many were changed in one instant', async () => {
    for (let index = 0; index < 7; index += 1)
      await admin.create(`${tenantPath}/keys`, { name: `k${index}` });
    // The database's own clock has microseconds; a cursor carries milliseconds.
    await gateway.query(`UPDATE api_keys SET updated_at = now() WHERE name IN ('k1', 'k3', 'k4', 'k6')`);
    await gateway.query(`UPDATE api_keys SET updated_at = '2026-01-01T00:00:00.0004Z' WHERE name = 'k2'`);
    await gateway.query(`UPDATE api_keys SET updated_at = '2026-01-01T00:00:00.0001Z' WHERE name = 'k5'`);
    await expectSorted(`${tenantPath}/keys`, 'updatedAt');
  });

  it.each(['/tenants', '/admins', '/providers', '/models', '/budgets', '/rate-limits', '/policies'])(
    'can be sorted by when rows were changed: %s',
    async (path) => {
      for (const sort of ['updatedAt', '-updatedAt'])
        expect((await admin.get(`${path}?sort=${sort}`)).status).toBe(200);
    },
  );

  it.each([
    ['/budgets', 'name'],
    ['/prices', 'name'],
    ['/providers', 'priority'],
    ['/routing-rules', 'effectiveFrom'],
    ['/routing-rules', 'id'],
  ])('refuse an order that their rows do not have: %s by %s', async (path, field) => {
    const { status, json } = await admin.get(`${path}?sort=${field}`);
    expect([status, json.errors[0].field]).toEqual([400, 'sort']);
  });

  it.each([
    ['priority', '1; DROP TABLE routing_rules'],
    ['priority', 2 ** 31],
    ['priority', 0.5],
    ['updatedAt', 'yesterday'],
    ['updatedAt', 0],
    ['name', 'a\u0000b'],
    ['name', null],
  ])('refuse a cursor whose %s was tampered with: %j', async (field, value) => {
    const position = [field, value, '01970000-0000-7000-8000-000000000000'];
    const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');
    const { status, json } = await admin.get(`/routing-rules?sort=${field}&cursor=${cursor}`);
    expect([status, json.param ?? json.errors?.[0]?.field]).toEqual([400, 'cursor']);
  });

  it.each([
    ['budgets', { amountUsd: '5', period: 'day' }],
    ['rate-limits', { metric: 'requests', limit: 5 }],
    ['policies', { detectors: [{ type: 'email', id: 'e', severity: 'low' }] }],
  ])('of %s are narrowed by what is in their scope', async (collection, base) => {
    const path = `${tenantPath}/${collection}`;
    const { id: keyId } = await admin.create(`${tenantPath}/keys`, { name: 'scoped' });
    const scopes = [
      {},
      { keyId },
      { keyId, model: 'gpt-4o' },
      { model: 'gpt-4o', tag: 'team=a' },
      { tag: 'team=a', user: 'ada' },
      { user: 'adaline' },
    ];
    const rows: Row[] = [];
    for (const [index, scope] of scopes.entries()) {
      const name = collection === 'policies' ? { name: `p${index}` } : {};
      rows.push(await admin.create(path, { ...base, ...name, scope }));
    }
    const pick = (...indexes: number[]) => indexes.map((index) => rows[index]?.id);
    const expectations: [query: string, found: unknown[]][] = [
      [`keyId=${keyId}`, pick(1, 2)],
      ['model=gpt-4o', pick(2, 3)],
      ['tag=team%3Da', pick(3, 4)],
      ['user=ada', pick(4)],
      [`keyId=${keyId}&model=gpt-4o`, pick(2)],
      ['model=gpt', []],
    ];
    for (const [query, found] of expectations) {
      for (const sort of ['createdAt', 'updatedAt'])
        expect(idsOf(await listAll(path, `sort=${sort}&${query}`))).toEqual(found);
    }
    expect((await admin.get(`${path}?keyId=nonsense`)).status).toBe(400);
  });
});
