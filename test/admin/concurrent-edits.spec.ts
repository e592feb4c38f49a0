import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

const EDITORS = 8;

let gateway: TestGateway;
let client: AdminClient;
let path: string;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated() });
  client = new AdminClient(gateway, gateway.adminToken);
  const tenant = await client.create('/tenants', { name: 'edited' });
  const limit = await client.create(`/tenants/${tenant.id}/rate-limits`, { metric: 'requests', limit: 1 });
  path = `/tenants/${tenant.id}/rate-limits/${limit.id}`;
});

afterAll(() => gateway.stop());

const editors = Array.from({ length: EDITORS }, (_, index) => index);

it('lets one of several edits of the same revision win, and tells the others', async () => {
  const read = await client.get(path);
  const headers = { 'if-match': read.headers.get('etag') ?? '' };
  const answers = await Promise.all(
    editors.map((index) => client.patch(path, { windowSeconds: 100 + index }, headers)),
  );
  const winners = answers.filter(({ status }) => status === 200);
  expect(winners).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 412)).toHaveLength(EDITORS - 1);
  const now = await client.get(path);
  expect(now.json).toEqual(winners[0]?.json);
  expect(now.headers.get('etag')).toBe(winners[0]?.headers.get('etag'));
});

async function increment(): Promise<void> {
  for (let attempt = 0; attempt < EDITORS * 2; attempt += 1) {
    const { json, headers } = await client.get(path);
    const ifMatch = { 'if-match': headers.get('etag') ?? '' };
    const { status } = await client.patch(path, { limit: json.limit + 1 }, ifMatch);
    if (status === 200) return;
    expect(status).toBe(412);
  }
  throw new Error('The edit never won');
}

it('loses no edit of clients that read again after a 412', async () => {
  const before = (await client.get(path)).json.limit;
  await Promise.all(editors.map(increment));
  expect((await client.get(path)).json.limit).toBe(before + EDITORS);
});
