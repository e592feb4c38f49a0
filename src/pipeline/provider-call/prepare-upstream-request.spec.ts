import type { PlannedDeployment } from '../effective-plan/effective-plan.js';
import { openAiChatAdapter } from '../format-adapter/openai-chat/adapter.js';
import { scanJsonBody } from '../request-router/scan-json-body.js';
import { prepareUpstreamBody } from './prepare-upstream-request.js';

/** The bytes for a model of this name under a budget that allows 100 tokens, in the client's own dialect. */
function prepare(text: string, upstreamModel: string): string {
  const bytes = Buffer.from(text);
  const scanned = scanJsonBody(bytes);
  const body = { bytes, scanned, native: openAiChatAdapter.parseRequest(scanned.json) };
  const planned = {
    deployment: { upstreamModel, defaultMaxOutputTokens: null, streamUsage: true },
  } as unknown as PlannedDeployment;
  const options = { adapter: openAiChatAdapter, enforcedMaxOutputTokens: 100 };
  return prepareUpstreamBody(body, planned, options).bytes.toString();
}

const MESSAGES = '"messages": [{"role":"user","content":"\\u0041 max_tokens"}]';

describe('the enforced maximum in the client’s own dialect', () => {
  it.each([
    ['mistral-large', 'max_tokens'],
    ['gpt-4o', 'max_tokens'],
    ['gpt-5-mini', 'max_completion_tokens'],
    ['openai/o3', 'max_completion_tokens'],
  ])('has the name that %s knows: %s', (model, name) => {
    const text = `{"model":"${model}", ${MESSAGES}}`;
    expect(prepare(text, model)).toBe(`{"model":"${model}", ${MESSAGES},"${name}":100}`);
  });

  it.each([
    ['mistral-large', '"max_tokens" : null', '"max_tokens" : 100', ''],
    ['gpt-5', '"max_completion_tokens":null', '"max_completion_tokens":100', ''],
    ['gpt-5', '"max_c\\u006fmpletion_tokens":null', '"max_c\\u006fmpletion_tokens":100', ''],
    ['mistral-large', '"max_completion_tokens":null', '"max_completion_tokens":null', ',"max_tokens":100'],
    [
      'gpt-5',
      '"max_tokens":null,"max_completion_tokens":null',
      '"max_tokens":null,"max_completion_tokens":100',
      '',
    ],
  ])('takes the place of a null: %s, %s', (model, sent, kept, added) => {
    const bytes = prepare(`{ ${sent}, "model":"${model}", ${MESSAGES} }`, model);
    expect(bytes).toBe(`{ ${kept}, "model":"${model}", ${MESSAGES} ${added}}`);
    // Names no member twice.
    expect(() => scanJsonBody(Buffer.from(bytes))).not.toThrow();
  });

  it.each(['"max_tokens":7', '"max_completion_tokens":7'])('leaves %s alone', (own) => {
    const text = `{"model":"m",${own},${MESSAGES}}`;
    expect(prepare(text, 'm')).toBe(text);
  });
});
