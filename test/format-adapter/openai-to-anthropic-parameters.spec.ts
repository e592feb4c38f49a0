import type { JsonObject } from '../../src/common/json.ts';
import { catchGatewayError, toAnthropic } from '../support/fixtures/translate-request.ts';

describe('limits and sampling', () => {
  it("sends the newer maximum, the older, the deployment's, or 4096", () => {
    const send = (more: JsonObject, defaultMaxOutputTokens: number | null = null): unknown =>
      toAnthropic(more, 'claude-sonnet-4-5', { defaultMaxOutputTokens }).body.max_tokens;
    expect(send({ max_completion_tokens: 7, max_tokens: 8 }, 9)).toBe(7);
    expect(send({ max_completion_tokens: null, max_tokens: 8 }, 9)).toBe(8);
    expect(send({}, 9)).toBe(9);
    expect(send({})).toBe(4_096);
  });

  it.each([
    [0, 0, []],
    [0.7, 0.7, []],
    [1, 1, []],
    [1.5, 1, ['temperature']],
    [2, 1, ['temperature']],
  ])('clamps a temperature of %d to %d and names it when it changed', (written, sent, dropped) => {
    const { body, droppedParams } = toAnthropic({ temperature: written });
    expect(body.temperature).toBe(sent);
    expect(droppedParams).toEqual(dropped);
  });

  it('sends top_p alone, and leaves it out beside a temperature, which no model takes', () => {
    expect(toAnthropic({ top_p: 0.9 })).toMatchObject({ body: { top_p: 0.9 }, droppedParams: [] });
    const both = toAnthropic({ temperature: 0.2, top_p: 0.9 });
    expect(both).toMatchObject({ body: { temperature: 0.2 }, droppedParams: ['top_p'] });
    expect(both.body).not.toHaveProperty('top_p');
    expect(toAnthropic({ temperature: 0.2, top_p: 1 }).droppedParams).toEqual([]);
  });

  it.each([
    'claude-opus-4-7',
    'claude-opus-5-5',
    'claude-sonnet-5',
    'claude-mythos-preview',
    'claude-haiku-6',
  ])('sends %s no sampling at all, and names what was not the default', (model) => {
    const { body, droppedParams } = toAnthropic({ temperature: 0, top_p: 0.5 }, model);
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('top_p');
    expect(droppedParams).toEqual(['temperature', 'top_p']);
    expect(toAnthropic({ temperature: 1, top_p: 1 }, model).droppedParams).toEqual([]);
  });

  it('sends stop sequences, one or several, but for those of white space, which are named', () => {
    expect(toAnthropic({ stop: 'END' }).body.stop_sequences).toEqual(['END']);
    expect(toAnthropic({ stop: ['A', 'B'] }).body.stop_sequences).toEqual(['A', 'B']);
    expect(toAnthropic({ stop: null }).body).not.toHaveProperty('stop_sequences');
    expect(toAnthropic({ stop: ['\n', 'B', ''] })).toMatchObject({
      body: { stop_sequences: ['B'] },
      droppedParams: ['stop'],
    });
    expect(toAnthropic({ stop: ['\n\n'] }).body).not.toHaveProperty('stop_sequences');
  });

  it('streams when asked, and asks the upstream for nothing more', () => {
    const { body } = toAnthropic({ stream: true, stream_options: { include_usage: true } });
    expect(body).toMatchObject({ stream: true });
    expect(body).not.toHaveProperty('stream_options');
  });
});

describe('what the target cannot do', () => {
  it('is left out and named where the answer stays what it is', () => {
    const { body, droppedParams } = toAnthropic({
      seed: 1,
      logit_bias: { 5: 1 },
      presence_penalty: 0.5,
      frequency_penalty: 0.5,
      user: 'u1',
      store: true,
      service_tier: 'flex',
      prediction: { type: 'content', content: 'x' },
      top_k: 5,
      metadata: { a: 'b' },
      verbosity: 'low',
      prompt_cache_key: 'k',
      made_up: 1,
    });
    expect(droppedParams.sort()).toEqual([
      'frequency_penalty',
      'logit_bias',
      'made_up',
      'metadata',
      'prediction',
      'presence_penalty',
      'prompt_cache_key',
      'seed',
      'service_tier',
      'store',
      'top_k',
      'user',
      'verbosity',
    ]);
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model']);
  });

  it('is not named when it asks for nothing', () => {
    const { droppedParams } = toAnthropic({
      n: 1,
      logprobs: false,
      functions: [],
      seed: null,
      modalities: ['text'],
      stop: null,
      user: null,
      metadata: null,
    });
    expect(droppedParams).toEqual([]);
  });

  it.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['audio', { audio: { format: 'mp3', voice: 'ash' } }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['function_call', { function_call: 'auto' }],
    ['web_search_options', { web_search_options: {} }],
    ['moderation', { moderation: { model: 'm' } }],
  ])('is refused by name where the answer would be another: %s', (param, body) => {
    expect(catchGatewayError(() => toAnthropic(body))).toMatchObject({
      code: 'unsupported_parameter',
      param,
      status: 400,
    });
  });
});
