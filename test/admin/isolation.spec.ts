import pg from 'pg';
import type { KeyId, TenantId } from '../../src/common/ids.ts';
import { RefusalLedger } from '../../src/support/monitor/refusal-ledger.service.ts';
import { ADMIN_OPERATIONS } from '../../src/admin/openapi/admin-operations.ts';
import { isUuid } from '../../src/common/ids.ts';
import { AdminClient } from '../support/admin-client.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, readAnswer, TestGateway } from '../support/gateway.ts';
import { StatementRecorder } from '../support/statement-recorder.ts';
import {
  type AdminCall,
  describeIsolation,
  type IsolationCase,
  type Probe,
} from './support/isolation-cases.ts';
import { createSide, NOBODY, type Names, type Side } from './support/isolation-world.ts';

const PATCHES: Record<string, object> = {
  policies: { mode: 'shadow' },
  'rate-limits': { limit: 7 },
  budgets: { mode: 'soft' },
  keys: { name: 'changed' },
  providers: { name: 'changed' },
  models: { strategy: 'weighted' },
  prices: { source: 'changed' },
  'routing-rules': { priority: 9 },
};

let gateway: TestGateway;
let database: pg.Client;
let recorder: StatementRecorder;
let platform: AdminClient;
let a: Side;
let b: Side;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated() });
  database = new pg.Client({ connectionString: gateway.database.url });
  await database.connect();
  recorder = new StatementRecorder(gateway.app.getHttpServer());
  platform = new AdminClient(gateway, gateway.adminToken);
  a = await createSide(gateway, platform, 'alpha');
  b = await createSide(gateway, platform, 'beta');
  const refusals = gateway.app.get(RefusalLedger);
  for (const side of [a, b]) {
    refusals.count(side.tenantId as TenantId, side.rows['keys'] as KeyId, 'requests');
  }
  await refusals.flush();
  // Both requests are in what the reports show.
  for (const side of [a, b]) {
    await gateway.ledgerRow({ headers: new Headers({ 'request-id': side.requestId }) });
    await eventually(async () =>
      (await platform.get(`/traces/${side.requestId}`)).status === 200 ? 1 : null,
    );
  }
}, 60_000);

afterAll(async () => {
  recorder.stop();
  await database.end();
  await gateway.stop();
});

const send = (client: AdminClient, { method, path, body }: AdminCall): Promise<Answer> =>
  client.send(method.toUpperCase(), path, body, { 'if-match': '*' });

/** Everything that a refused call must leave alone. */
const readState = async (): Promise<unknown> => {
  const { rows } = await database.query(`SELECT (SELECT version FROM config_state) AS version,
    (SELECT count(*) FROM audit_log) AS changes`);
  return rows[0];
};

const marksOf = ({ tenantId, mark, rows, requestId }: Names): string[] => [
  tenantId,
  mark,
  requestId,
  ...Object.values(rows),
];
const findMarks = ({ text }: Answer, names: Names): string[] =>
  marksOf(names).filter((mark) => text.includes(mark));

/** The answer but for the id of the request itself. */
function withoutIds({ status, text, json }: Answer): unknown {
  if (json === undefined) return { status, text };
  const { requestId: _, ...body } = json;
  return { status, body };
}

/** Both calls of a probe; they must differ in nothing that the caller sees or could measure. */
async function compare(client: AdminClient, { foreign, missing }: Probe): Promise<Answer> {
  const before = await readState();
  const asked = await recorder.record(() => send(client, foreign));
  const guessed = await recorder.record(() => send(client, missing));
  expect(withoutIds(asked.result)).toEqual(withoutIds(guessed.result));
  expect(asked.statements).toEqual(guessed.statements);
  expect(await readState()).toEqual(before);
  return asked.result;
}

/** Found before there are tenants: an operation without a case fails the whole file. */
const kinds = ADMIN_OPERATIONS.map(
  (operation) => [operation, describeIsolation(operation, NOBODY, NOBODY).kind] as const,
);
const ofKind = <Kind extends IsolationCase['kind']>(kind: Kind) =>
  kinds
    .filter(([, found]) => found === kind)
    .map(([operation]) => ({
      id: operation.id,
      operation,
      find: () => describeIsolation(operation, a, b) as Extract<IsolationCase, { kind: Kind }>,
    }));

describe("what names another tenant, or another tenant's row", () => {
  it.each(ofKind('named'))('$id answers as for a missing one, from the same statements', async ({ find }) => {
    const { probes } = find();
    expect(probes.length).toBeGreaterThan(0);
    for (const probe of probes) {
      expect((await compare(a.admin, probe)).status).toBe(404);
      expect(recorder.last).not.toEqual([]);
      expect([403, 404]).toContain((await compare(a.viewer, probe)).status);
    }
  });
});

describe('what shows or makes what is the caller’s', () => {
  it.each(ofKind('narrowed'))('$id tells nothing of another tenant', async ({ find }) => {
    const { probes, overview } = find();
    for (const probe of probes) {
      for (const client of [a.admin, a.viewer]) {
        const answer = await compare(client, probe);
        expect([200, 400, 403, 404]).toContain(answer.status);
        expect(findMarks(answer, b)).toEqual([]);
      }
    }
    if (overview === null) {
      expect(probes.length).toBeGreaterThan(0);
      return;
    }
    // The mark is there to be found: the platform sees it.
    expect(findMarks(await send(platform, overview), b)).not.toEqual([]);
    for (const client of [a.admin, a.viewer]) {
      const answer = await send(client, overview);
      expect(answer.status).toBe(200);
      expect(findMarks(answer, a)).not.toEqual([]);
      expect(findMarks(answer, b)).toEqual([]);
    }
  });
});

describe('what is the platform’s', () => {
  it.each(ofKind('platform'))('$id is refused to people of tenants', async ({ find }) => {
    for (const probe of find().probes) {
      for (const client of [a.admin, a.viewer]) {
        const answer = await compare(client, probe);
        expect([answer.status, answer.json.code]).toEqual([403, 'access_denied']);
      }
    }
  });
});

describe('what is open', () => {
  it.each(ofKind('open'))('$id shows nobody’s data', async ({ operation }) => {
    const path = operation.path.replace('{file}', 'swagger-ui.css');
    const answer = await readAnswer(await fetch(gateway.adminUrl + path));
    expect(answer.status).toBe(200);
    // Names of models and providers are labels of the metrics, which are the platform's from elsewhere than this machine.
    const marks = [...findMarks(answer, a), ...findMarks(answer, b)];
    expect(operation.id === 'readMetrics' ? marks.filter(isUuid) : marks).toEqual([]);
  });
});

describe('a row of one’s own', () => {
  it.each(Object.keys(PATCHES))(
    'of %s: its administrator reads and changes it, its viewer reads it',
    async (name) => {
      const below = ['policies', 'rate-limits', 'budgets', 'keys'].includes(name)
        ? `/tenants/${a.tenantId}`
        : '';
      const path = `${below}/${name}/${a.rows[name]}`;
      expect((await a.admin.get(path)).status).toBe(200);
      expect((await a.viewer.get(path)).status).toBe(200);
      const denied = await a.viewer.patch(path, PATCHES[name]);
      expect([denied.status, denied.json.code]).toEqual([403, 'access_denied']);
      expect((await a.viewer.delete(path)).status).toBe(403);
      expect((await a.viewer.post(`${below}/${name}`, {})).status).toBe(403);
      expect((await a.admin.patch(path, PATCHES[name])).status).toBe(200);
    },
  );
});

describe('tenants A and B', () => {
  it('cannot be listed by a forged cursor', async () => {
    const last = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
    const forgeries = [
      ['-createdAt', '', last],
      ['createdAt', '', '00000000-0000-7000-8000-000000000000'],
      ['name', '', last],
      ['-name', '\u{10ffff}', last],
    ];
    for (const position of forgeries) {
      const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');
      const page = await a.admin.get(`/tenants?sort=${position[0]}&cursor=${cursor}`);
      expect(page.status).toBe(200);
      expect(page.json.data.map(({ id }: { id: string }) => id)).toEqual([a.tenantId]);
    }
  });

  it('cannot name rows of each other in rows of their own', async () => {
    const scoped = await a.admin.post(`/tenants/${a.tenantId}/budgets`, {
      scope: { keyId: b.rows['keys'] },
      tokens: 5,
      period: 'day',
    });
    expect(scoped.json.errors).toEqual([{ field: 'scope.keyId', message: 'No such key' }]);
    const borrowed = await a.admin.post('/models', {
      name: 'm2',
      deployments: [{ providerId: b.rows['providers'], upstreamModel: 'm' }],
    });
    expect(borrowed.json.errors).toEqual([
      { field: 'deployments[0].providerId', message: 'No such provider' },
    ]);
    const provider = { name: 'x', kind: 'openai', baseUrl: 'http://x/v1' };
    expect((await a.admin.post('/providers', { owner: 'platform', ...provider })).status).toBe(400);
  });

  it('cannot use each other through the data plane', async () => {
    const asA = { authorization: `Bearer ${a.key}` };
    expect((await gateway.chat({ model: 'beta-model' }, asA)).json.error.code).toBe('model_not_found');
    const models = await gateway.send('/v1/models', { headers: asA });
    expect(models.json.data.map(({ id }: { id: string }) => id)).toEqual(['alpha-model', 'public']);
  });

  it('keep the two planes apart: no key opens the admin plane, no token the data plane', async () => {
    const asKey = new AdminClient(gateway, a.key);
    expect((await asKey.get('/tenants')).json.code).toBe('invalid_admin_token');
    const token = (await platform.create('/admins', { name: 't', role: 'viewer' })).key;
    expect((await gateway.chat({}, { authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await gateway.chat({}, { authorization: `Bearer ${gateway.adminToken}` })).status).toBe(401);
  });
});
