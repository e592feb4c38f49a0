import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { createId } from '../../src/common/ids.ts';

const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
/** What a reader may have to wait for the other processes, on a busy machine. */
const PROMISED_MS = 1_000;

let one: TestGateway;
let two: TestGateway;
let proxy: TcpProxy;

beforeAll(async () => {
  const shared = {
    encryptionKey: Buffer.alloc(32, 7).toString('base64'),
    // Nothing but errors, blocks and failovers reaches PostgreSQL.
    env: { TRACE_SAMPLE_RATIO: '0' },
  };
  proxy = await TcpProxy.start(redisUrl, 6_379);
  one = await TestGateway.start({ config: configureSimulated(), redisUrl, ...shared });
  two = await TestGateway.start({
    config: null,
    database: one.database,
    redisUrl: proxy.rewrite(redisUrl),
    ...shared,
  });
});

afterAll(async () => {
  await two.stop();
  await one.stop();
  await proxy.stop();
});

async function chat(headers: Record<string, string> = {}): Promise<Answer & { id: string }> {
  const answer = await one.chat({}, headers);
  expect(answer.status).toBe(200);
  return { ...answer, id: answer.headers.get('request-id') ?? '' };
}

async function readTimed(gateway: TestGateway, id: string, headers: Record<string, string> = {}) {
  const startMs = performance.now();
  const answer = await gateway.admin(`/traces/${id}`, { headers });
  return { ...answer, tookMs: performance.now() - startMs };
}

/** Who may see one tenant alone. */
async function createViewer(tenantId: string): Promise<Record<string, string>> {
  const admin = new AdminClient(one, one.adminToken);
  const { key } = await admin.create('/admins', { name: createId(), role: 'viewer', tenantId });
  return { authorization: `Bearer ${key}` };
}

it("reads a trace on another process within a second of its answer's end, though nothing of it is stored", async () => {
  const { id } = await chat();
  const there = await eventually(async () => {
    const answer = await two.admin(`/traces/${id}`);
    return answer.status === 200 ? answer : null;
  }, PROMISED_MS);
  expect(await one.query('SELECT id FROM traces WHERE id = $1', [id])).toEqual([]);
  const here = await one.trace({ headers: new Headers({ 'request-id': id }) } as Answer);
  expect(there.json).toEqual(here);
  expect(there.json.stages.length).toBeGreaterThan(10);
});

it('reads it by its W3C trace id as well', async () => {
  const traceId = createId().replaceAll('-', '');
  const { id } = await chat({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  await one.trace({ headers: new Headers({ 'request-id': id }) } as Answer);
  expect((await two.admin(`/traces/${traceId}`)).json).toMatchObject({ id, traceId });
});

it("shows a tenant's people their own alone; a foreign trace and a missing one look alike", async () => {
  const { id } = await chat();
  const { tenantId } = await one.trace({ headers: new Headers({ 'request-id': id }) } as Answer);
  const other = await new AdminClient(one, one.adminToken).create('/tenants', { name: createId() });
  const [own, stranger] = [await createViewer(tenantId), await createViewer(other.id)];
  expect((await readTimed(two, id, own)).json).toMatchObject({ id });
  const [foreign, missing] = [await readTimed(two, id, stranger), await readTimed(two, createId(), stranger)];
  const withoutId = ({ status, json: { requestId: _, ...problem } }: Answer) => ({ status, problem });
  expect(withoutId(foreign)).toEqual(withoutId(missing));
  expect(foreign.status).toBe(404);
  // Both wait for the whole deadline.
  for (const { tookMs } of [foreign, missing]) expect(tookMs).toBeGreaterThan(450);
});

it('leaves lists as they are: of this process and of what is stored', async () => {
  const { id } = await chat();
  await one.trace({ headers: new Headers({ 'request-id': id }) } as Answer);
  const listed = async (gateway: TestGateway) =>
    (await gateway.admin('/traces?limit=200')).json.data.map((trace: { id: string }) => trace.id);
  expect(await listed(one)).toContain(id);
  expect(await listed(two)).not.toContain(id);
});

it.each(['cut', 'freeze'] as const)(
  'answers 404 in time while Redis is away (%s), and recovers',
  async (fault) => {
    const { id } = await chat();
    await eventually(async () => ((await two.admin(`/traces/${id}`)).status === 200 ? true : null));
    proxy[fault]();
    const startMs = performance.now();
    // The first one may fall between the fault and the moment in which it is noticed.
    const answers = [await two.admin(`/traces/${id}`), await two.admin(`/traces/${id}`)];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(performance.now() - startMs).toBeLessThan(2 * PROMISED_MS);
    proxy.restore();
    await eventually(async () => ((await two.admin(`/traces/${id}`)).status === 200 ? true : null));
  },
);
