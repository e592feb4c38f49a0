import OpenAI from 'openai';
import { configureOne, PRICE } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const ANSWER = { city: 'Zürich', days: 2 };
const BEHAVIOUR = {
  toolCalls: [{ name: 'tokenpak_answer', arguments: ANSWER }],
  argumentFragmentLength: 4,
};
const RESPONSE_FORMAT = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'trip',
    schema: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
  },
};

describe('a schema for a Claude model that enforces none', () => {
  let upstream: Upstream;
  let gateway: TestGateway;
  let client: OpenAI;

  beforeAll(async () => {
    upstream = await startAnthropicUpstream({ keepsRequests: false });
    const deployment = { provider: 'anthropic', upstreamModel: 'claude-3-5-sonnet-20241022', price: PRICE };
    gateway = await TestGateway.start({
      config: {
        ...configureOne('anthropic', upstream, { cache: { mode: 'always' } }),
        models: [{ name: 'public', deployments: [deployment] }],
      },
    });
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key(), maxRetries: 0 });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const messages = (salt: string): [{ role: 'user'; content: string }] => [
    { role: 'user', content: `${salt} [[upstream ${JSON.stringify(BEHAVIOUR)}]]` },
  ];

  it('is answered as text that has the schema, fresh and out of the cache', async () => {
    const ask = () =>
      client.chat.completions
        .create({ model: 'public', messages: messages('whole'), response_format: RESPONSE_FORMAT })
        .withResponse();
    for (const cache of ['miss', 'hit']) {
      const { data, response } = await ask();
      expect(response.headers.get('x-tokenpak-cache')).toBe(cache);
      const [choice] = data.choices;
      expect(JSON.parse(choice?.message.content ?? '')).toEqual(ANSWER);
      expect(choice?.message.tool_calls).toBeUndefined();
      expect(choice?.finish_reason).toBe('stop');
    }
  });

  it('is streamed as text that has the schema', async () => {
    const stream = await client.chat.completions.create({
      model: 'public',
      messages: messages('stream'),
      response_format: RESPONSE_FORMAT,
      stream: true,
    });
    let text = '';
    let finish: string | null = null;
    for await (const chunk of stream) {
      const [choice] = chunk.choices;
      expect(choice?.delta.tool_calls).toBeUndefined();
      text += choice?.delta.content ?? '';
      finish = choice?.finish_reason ?? finish;
    }
    expect(JSON.parse(text)).toEqual(ANSWER);
    expect(finish).toBe('stop');
  });
});
