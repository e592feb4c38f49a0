import { parseSimulatedModel } from './parse-simulated-model.js';

function parse(model: string, settings = {}) {
  const parsed = parseSimulatedModel(model, settings);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.behaviour;
}

describe('parseSimulatedModel', () => {
  it('takes any name outside the grammar as a model without faults', () => {
    expect(parse('simulated-1')).toMatchObject({
      latencyMs: 0,
      tokensPerSecond: 0,
      outputTokens: null,
      fault: null,
    });
  });

  it('reads every numeric option of the grammar', () => {
    expect(
      parse('sim:latency=200:jitter=5:tps=50:tokens=300:reasoning=4:tools=2:cached=7:share=0.5'),
    ).toMatchObject({
      latencyMs: 200,
      jitterMs: 5,
      tokensPerSecond: 50,
      outputTokens: 300,
      reasoningTokens: 4,
      toolCalls: 2,
      cachedTokens: 7,
      faultShare: 0.5,
    });
  });

  it.each([
    ['sim:status=503', { type: 'status', status: 503, retryAfterSeconds: null }],
    ['sim:status=429:retry-after=7', { type: 'status', status: 429, retryAfterSeconds: 7 }],
    ['sim:cut=5', { type: 'cut', afterChunks: 5 }],
    ['sim:cut', { type: 'cut', afterChunks: 3 }],
    ['sim:stall', { type: 'stall', afterChunks: null }],
    ['sim:stall=2', { type: 'stall', afterChunks: 2 }],
    ['sim:malformed', { type: 'malformed', afterChunks: 0 }],
  ])('reads the fault of %s', (model, fault) => {
    expect(parse(model).fault).toEqual(fault);
  });

  it('lets the model win over the settings of the provider', () => {
    const behaviour = parse('sim:latency=5', { latency: 900, tps: '20', usage: false });
    expect(behaviour).toMatchObject({ latencyMs: 5, tokensPerSecond: 20, reportsUsage: false });
  });

  it.each([
    'sim:',
    'sim:nope=1',
    'sim:latency',
    'sim:latency=',
    'sim:latency=-1',
    'sim:status=200',
    'sim:tokens=1.5',
    'sim:usage=maybe',
    'sim:__proto__=1',
    'sim:tps=1e99',
  ])('refuses %s and says which option is wrong', (model) => {
    const parsed = parseSimulatedModel(model, {});
    expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining('option') });
  });

  it('refuses a setting that the grammar does not know', () => {
    expect(parseSimulatedModel('simulated-1', { speed: 3 })).toMatchObject({ ok: false });
  });
});
