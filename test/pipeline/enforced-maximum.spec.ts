import { configureOne, PRICE } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

/** A hard budget has to know how long an answer can get; the client has set no maximum, or null. */
describe('the maximum that a hard budget sends upstream', () => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    const deploy = (upstreamModel: string) => ({
      name: upstreamModel,
      deployments: [{ provider: 'openai', upstreamModel, price: PRICE, defaultMaxOutputTokens: 99 }],
    });
    gateway = await TestGateway.start({
      config: {
        ...configureOne('openai', upstream, { budgets: [{ amountUsd: '100', period: 'day' }] }),
        models: [deploy('gpt-5'), deploy('mistral-large')],
      },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  it.each([
    ['gpt-5', 'max_completion_tokens', 'max_tokens'],
    ['mistral-large', 'max_tokens', 'max_completion_tokens'],
  ])('goes to %s as %s, once', async (model, name, other) => {
    for (const sent of [{}, { [name]: null }, { [other]: null }]) {
      const answer = await gateway.chat({ model, ...sent });
      expect(answer.status).toBe(200);
      const body = upstream.requests.at(-1)?.body.toString() ?? '';
      expect(JSON.parse(body)).toMatchObject({ ...sent, [name]: 99 });
      expect(body.match(new RegExp(`"${name}"`, 'g'))).toHaveLength(1);
    }
  });
});
