import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, jsonSchema, type LanguageModel, streamText, tool } from 'ai';
import { configureOne } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const weather = tool({
  description: 'Weather of a city',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  }),
});

describe.each([
  ['openai', startOpenAiUpstream],
  ['anthropic', startAnthropicUpstream],
] as const)('ai SDK to a provider of kind %s', (kind, startUpstream) => {
  let upstream: Upstream;
  let gateway: TestGateway;
  let models: [string, LanguageModel][];

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await TestGateway.start({ config: configureOne(kind, upstream) });
    const settings = { baseURL: `${gateway.url}/v1`, apiKey: gateway.key() };
    models = [
      ['@ai-sdk/openai', createOpenAI(settings).chat('public')],
      ['@ai-sdk/anthropic', createAnthropic(settings)('public')],
    ];
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  it('generates and streams text, and calls tools, through both of its providers', async () => {
    for (const [, model] of models) {
      upstream.enqueue({ text: 'Rivers flow.' });
      const whole = await generateText({ model, prompt: 'rivers?', maxRetries: 0 });
      expect(whole.text).toBe('Rivers flow.');
      expect(whole.usage.outputTokens).toBeGreaterThan(0);

      upstream.enqueue({ text: 'Rivers flow to the sea.', splitBytes: [9] });
      const stream = streamText({ model, prompt: 'rivers?', maxRetries: 0 });
      let text = '';
      for await (const part of stream.textStream) text += part;
      expect(text).toBe('Rivers flow to the sea.');

      upstream.enqueue({ toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] });
      const called = await generateText({ model, prompt: 'weather?', tools: { weather }, maxRetries: 0 });
      expect(called.toolCalls).toMatchObject([{ toolName: 'weather', input: { city: 'Oslo' } }]);
    }
  });

  it('raises its own error class for a refusal', async () => {
    for (const [, model] of models) {
      upstream.enqueue({ status: 400, errorMessage: 'no' });
      await expect(generateText({ model, prompt: 'x', maxRetries: 0 })).rejects.toMatchObject({
        statusCode: 400,
      });
    }
  });
});
