import { parseArgs } from 'node:util';
import { startAnthropicUpstream } from './anthropic-upstream.ts';
import { startOpenAiUpstream } from './openai-upstream.ts';

const HELP = `An upstream to try things by hand.

  node test/support/upstreams/main.ts --port 9001 --dialect openai|anthropic [--key test-key]

Point a client at http://127.0.0.1:PORT/v1 and say in the model's name or in the prompt how to behave:
  up:status=503:retryAfterSeconds=2      up:tokens=200:tokensPerSecond=20      up:cutAfterFrames=5
  [[upstream {"toolCalls":[{"name":"get_weather","arguments":{"city":"Oslo"}}]}]]
All members: test/support/upstreams/behaviour.ts
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9001' },
    dialect: { type: 'string', default: 'openai' },
    key: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  const start = values.dialect === 'anthropic' ? startAnthropicUpstream : startOpenAiUpstream;
  const options = { port: Number(values.port), apiKey: values.key ?? null, keepsRequests: false };
  const upstream = await start(options);
  process.stdout.write(`${values.dialect} upstream on ${upstream.url}/v1\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void upstream.close());
}
