import { AdminClient } from '../support/admin-client.ts';
import { TestGateway } from '../support/gateway.ts';

const UNKNOWN = '0197f3a0-7c1e-7000-8000-0000000000ff';

let gateway: TestGateway;
let admin: AdminClient;
let providerId: string;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: {} });
  admin = new AdminClient(gateway, gateway.adminToken);
  const provider = { name: 'p', kind: 'simulated', baseUrl: 'http://simulated.invalid' };
  providerId = (await admin.create('/providers', provider)).id;
});

afterAll(() => gateway.stop());

describe('ids of deployments', () => {
  it('come from the gateway alone: a new model names none', async () => {
    const deployments = [
      { providerId, upstreamModel: 'a' },
      { id: UNKNOWN, providerId: UNKNOWN, upstreamModel: 'a' },
    ];
    const { status, json } = await admin.post('/models', { name: 'named', deployments });
    expect(status).toBe(400);
    expect(json.errors).toEqual([
      { field: 'deployments[1].id', message: 'No such deployment of this model' },
      { field: 'deployments[1].providerId', message: 'No such provider' },
    ]);
  });

  it('are those of the model, each once; a patch that says otherwise changes nothing', async () => {
    const deployment = { providerId, upstreamModel: 'simulated-1' };
    const model = await admin.create('/models', { name: 'one', deployments: [deployment, deployment] });
    const other = await admin.create('/models', { name: 'two', deployments: [deployment] });
    const [first, second] = model.deployments;
    const refuse = async (deployments: object[]) => {
      const { status, json } = await admin.patch(`/models/${model.id}`, { deployments });
      expect(status).toBe(400);
      return json.errors;
    };
    const unknown = 'No such deployment of this model';
    const twice = 'Another deployment in the list has this id';
    expect(await refuse([other.deployments[0]])).toEqual([{ field: 'deployments[0].id', message: unknown }]);
    expect(await refuse([first, second, first])).toEqual([{ field: 'deployments[2].id', message: twice }]);
    expect((await admin.get(`/models/${model.id}`)).json).toEqual(model);
  });

  it('are kept by what a GET has shown, in any order, beside new ones', async () => {
    const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '2' };
    const deployments = [
      { providerId, upstreamModel: 'a', price, defaultMaxOutputTokens: 5, timeouts: { totalMs: 7 } },
      { providerId, upstreamModel: 'b' },
    ];
    const { id } = await admin.create('/models', { name: 'kept', deployments });
    const shown = (await admin.get(`/models/${id}`)).json.deployments;
    const again = await admin.patch(`/models/${id}`, { deployments: shown });
    expect([again.status, again.json.deployments]).toEqual([200, shown]);
    const turned = [shown[1], { providerId, upstreamModel: 'c' }, shown[0]];
    const { json } = await admin.patch(`/models/${id}`, { deployments: turned });
    expect(json.deployments).toMatchObject([shown[1], { upstreamModel: 'c' }, shown[0]]);
    expect(new Set(json.deployments.map((deployment: { id: string }) => deployment.id)).size).toBe(3);
  });
});
