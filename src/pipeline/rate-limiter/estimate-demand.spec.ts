import { estimateDemand, clampTokens, countDemand } from './estimate-demand.js';
import { LimitedKey, PRICE } from './testing/limiter-fixtures.js';

const counter = {
  estimateInputUpperBound: (_native: unknown, bodyBytes: number, model: string) =>
    bodyBytes + (model === 'm1' ? 20 : 0),
  countTokens: (_tenant: string, _native: unknown, model: string) =>
    Promise.resolve({ tokens: model === 'm1' ? 7 : 5, source: 'tokenizer' as const }),
};

describe('estimateDemand', () => {
  it('is the body and the maximum of the output, at the price', () => {
    const context = new LimitedKey({}).createRequest({ bodyBytes: 100, maxOutputTokens: 10 });
    expect(estimateDemand(context, counter)).toEqual({
      requests: 1,
      inputTokens: 100,
      outputTokens: 10,
      costNanoUsd: 120_000n,
    });
  });

  it('takes the dearest deployment and the model that counts most', () => {
    const prices = [{ ...PRICE, outputNanoUsdPerMTok: 9_000_000_000n }, PRICE, null];
    const context = new LimitedKey({ prices }).createRequest({ bodyBytes: 100, maxOutputTokens: 10 });
    expect(estimateDemand(context, counter)).toMatchObject({
      inputTokens: 120,
      costNanoUsd: 120_000n + 90_000n,
    });
  });

  it('takes the dearest rate that a token can have', () => {
    const price = {
      ...PRICE,
      cacheWriteNanoUsdPerMTok: 1_250_000_000n,
      cacheWrite1hNanoUsdPerMTok: 2_000_000_000n,
      reasoningNanoUsdPerMTok: 5_000_000_000n,
      longPrompt: { aboveInputTokens: 10, price: { ...PRICE, inputNanoUsdPerMTok: 3_000_000_000n } },
    };
    const context = new LimitedKey({ prices: [price] }).createRequest({
      bodyBytes: 100,
      maxOutputTokens: 10,
    });
    expect(estimateDemand(context, counter).costNanoUsd).toBe(300_000n + 50_000n);
  });

  it('rounds fractions of a nano-USD up', () => {
    const context = new LimitedKey({
      prices: [{ ...PRICE, inputNanoUsdPerMTok: 1n, outputNanoUsdPerMTok: 0n }],
    }).createRequest();
    expect(estimateDemand(context, counter).costNanoUsd).toBe(1n);
  });

  it('counts the output of every answer asked for, and the maximum that will be sent where the client set none', () => {
    const key = new LimitedKey({});
    expect(estimateDemand(key.createRequest({ maxOutputTokens: 10, choices: 3 }), counter).outputTokens).toBe(
      30,
    );
    expect(estimateDemand(key.createRequest({ maxOutputTokens: null }), counter).outputTokens).toBe(100);
  });

  it('is not carried away by absurd claims', () => {
    const context = new LimitedKey({}).createRequest({ maxOutputTokens: 1e300, choices: 128 });
    expect(estimateDemand(context, counter).outputTokens).toBe(1_000_000_000);
    expect([Number.NaN, -5, 0.2, Number.POSITIVE_INFINITY].map(clampTokens)).toEqual([
      0, 0, 1, 1_000_000_000,
    ]);
  });
});

describe('countDemand', () => {
  const context = new LimitedKey({ prices: [PRICE, PRICE] }).createRequest({
    bodyBytes: 100,
    maxOutputTokens: 10,
  });

  it('counts for every model that may serve the request and takes the largest', async () => {
    const counted = { inputTokens: 7, outputTokens: 10, costNanoUsd: 27_000n };
    expect(await countDemand(context, counter)).toMatchObject({ likely: counted, atMost: counted });
  });

  it('takes no estimate for a bound: the request is at most what its bytes are', async () => {
    const guessing = {
      ...counter,
      countTokens: (_tenant: string, _native: unknown, model: string) =>
        Promise.resolve({
          tokens: 7,
          source: model === 'm1' ? ('estimate' as const) : ('tokenizer' as const),
        }),
    };
    expect(await countDemand(context, guessing)).toMatchObject({
      likely: { inputTokens: 7, costNanoUsd: 27_000n },
      atMost: { inputTokens: 120, costNanoUsd: 140_000n },
    });
  });
});
