import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { isUuid } from '../../src/common/ids.ts';
import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { type Answer, readAnswer, TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let admin: AdminClient;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated() });
  admin = new AdminClient(gateway, gateway.adminToken);
});

afterAll(() => gateway.stop());
afterEach(() => jest.restoreAllMocks());

const idOf = ({ headers }: Answer): string => headers.get('x-request-id') ?? '';

it('gives every answer outside the data plane an id of its own', async () => {
  const paths = [
    '/admin/v1/tenants',
    '/admin/openapi.json',
    '/admin/v1/export',
    '/admin/docs',
    '/health/live',
  ];
  const ids = new Set<string>();
  for (const path of [...paths, ...paths]) {
    const response = await fetch(gateway.adminUrl + path, {
      headers: { authorization: `Bearer ${gateway.adminToken}` },
    });
    await response.text();
    expect(response.status).toBe(200);
    ids.add(response.headers.get('x-request-id') ?? '');
  }
  expect(ids.size).toBe(2 * paths.length);
  expect([...ids].every(isUuid)).toBe(true);
});

it.each([
  ['without a token', '/admin/v1/tenants', 401],
  ['where no route is', '/admin/v1/nothing', 404],
  ['with a path that the router cannot read', '/admin/v1/tenants/%zz', 400],
])('names the same id in the header and in the problem, %s', async (_, path, status) => {
  const answer = await readAnswer(await fetch(gateway.adminUrl + path));
  expect(answer.status).toBe(status);
  expect(isUuid(idOf(answer))).toBe(true);
  expect(answer.json.requestId).toBe(idOf(answer));
});

it("names the request's id in its audit entry, which is found by it, with the client's own beside it", async () => {
  const answer = await admin.post('/tenants', { name: 'correlated' }, { 'x-request-id': 'ticket-4711' });
  const { json } = await admin.get(`/audit-log?requestId=${idOf(answer)}`);
  expect(json.data).toEqual([
    expect.objectContaining({
      requestId: idOf(answer),
      clientRequestId: 'ticket-4711',
      resourceId: answer.json.id,
    }),
  ]);
});

it.each([
  ['too long', 'x'.repeat(129)],
  ['not printable', 'caf\u00e9'],
  ['with spaces', 'a b'],
])("keeps no id of the client's that is %s, and takes the request all the same", async (what, id) => {
  const answer = await admin.post('/tenants', { name: what }, { 'x-request-id': id });
  expect([answer.status, isUuid(idOf(answer))]).toEqual([201, true]);
  const { json } = await admin.get(`/audit-log?requestId=${idOf(answer)}`);
  expect(json.data[0].clientRequestId).toBeNull();
});

it('logs the id with what went wrong', async () => {
  const entries: unknown[] = [];
  for (const level of ['debug', 'log', 'warn', 'error'] as const)
    jest.spyOn(Logger.prototype, level).mockImplementation((entry: unknown) => void entries.push(entry));
  const answer = await admin.get('/tenants/none');
  expect(entries).toContainEqual(expect.objectContaining({ requestId: idOf(answer), code: 'not_found' }));
});

it("leaves the data plane's ids as they are: the client's own, and ours in the trace", async () => {
  const answer = await gateway.chat({}, { 'x-request-id': 'theirs' });
  expect(idOf(answer)).toBe('theirs');
  expect((await gateway.trace(answer)).id).toBe(answer.headers.get('request-id'));
});
