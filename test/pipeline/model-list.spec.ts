import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { eventually } from '../support/eventually.ts';

describe('the list of models', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: configureSimulated() });
  });
  afterAll(() => gateway.stop());

  const readDates = async (): Promise<unknown[]> => {
    const openAi = await gateway.send('/v1/models/public');
    const anthropic = await gateway.send('/v1/models/public', {
      headers: { 'anthropic-version': '2023-06-01' },
    });
    return [openAi.json.created, anthropic.json.created_at];
  };

  it('dates a model by when it was made, whatever is configured later', async () => {
    const made = '2026-01-02T03:04:05.000Z';
    await gateway.query('UPDATE models SET created_at = $1', [made]);
    const expected = [Date.parse(made) / 1_000, made];
    // The change itself is seen with the next snapshot.
    await eventually(async () => ((await readDates())[1] === made ? true : null));
    expect(await readDates()).toEqual(expected);
    const { json: provider } = await gateway.admin('/providers', {
      method: 'POST',
      body: JSON.stringify({ name: 'second', kind: 'simulated', baseUrl: 'http://simulated.invalid' }),
    });
    await gateway.admin('/models', {
      method: 'POST',
      body: JSON.stringify({
        name: 'later',
        deployments: [{ providerId: provider.id, upstreamModel: 'simulated-1' }],
      }),
    });
    await eventually(async () => ((await gateway.send('/v1/models/later')).status === 200 ? true : null));
    expect(await readDates()).toEqual(expected);
  });
});
