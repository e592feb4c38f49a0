import { GatewayError } from '../../errors/gateway-error.js';
import type { MetricsService } from '../../support/monitor/metrics.service.js';
import type { RefusalLedger } from '../../support/monitor/refusal-ledger.service.js';
import type { Answer, AnswerOrigin } from '../answer.js';
import type { RateLimiterService } from '../rate-limiter/rate-limiter.service.js';
import { RefusalRecorder } from '../rate-limiter/refusal-recorder.service.js';
import { LimitedKey } from '../rate-limiter/testing/limiter-fixtures.js';
import { WireBytes } from '../wire-bytes.js';
import type { CacheManagerService } from './cache-manager.service.js';
import { CachedAnswersService } from './cached-answers.service.js';

const ORIGIN: AnswerOrigin = {
  dialect: 'openai-chat',
  provider: null,
  deployment: null,
  headers: {},
  droppedParams: [],
};
const answerOf = (text: string): Answer => ({
  kind: 'whole',
  origin: ORIGIN,
  body: WireBytes.ofLatin1(text),
});
const REFUSAL = new GatewayError('budget_exceeded');

function setUp({ stored, cacheKey }: { stored: Answer | null; cacheKey: string | null }) {
  const seen = { hits: 0, released: 0, calls: 0, stage: undefined as unknown };
  const context = new LimitedKey({}).createRequest({});
  context.cacheKey = cacheKey;
  context.quota = {} as typeof context.quota;
  const service = new CachedAnswersService(
    {
      lookupCache: () => stored,
      answerMiss: (_context: unknown, call: () => Promise<Answer>) =>
        new Promise((resolve) => resolve(call())),
    } as unknown as CacheManagerService,
    { release: () => (seen.released += 1) } as unknown as RateLimiterService,
    new RefusalRecorder(
      { recordRefusal: () => undefined } as unknown as MetricsService,
      { count: () => undefined } as unknown as RefusalLedger,
    ),
    { recordCacheHit: () => (seen.hits += 1) } as unknown as MetricsService,
  );
  const ask = () =>
    service.answer(context, () => {
      seen.calls += 1;
      seen.stage = context.trace.stages.find(({ stage }) => stage === 'cache-manager')?.detail;
      return Promise.resolve(answerOf('live'));
    });
  return { seen, context, ask };
}

describe('CachedAnswersService', () => {
  it('answers a hit at once, gives the reservation back and forgets a kept refusal', () => {
    const { seen, context, ask } = setUp({ stored: answerOf('stored'), cacheKey: 'key' });
    context.keptRefusal = REFUSAL;
    expect(ask()).toEqual(answerOf('stored'));
    expect(seen).toMatchObject({ hits: 1, released: 1, calls: 0 });
    expect(context).toMatchObject({ cacheOutcome: 'hit', keptRefusal: null });
  });

  it('asks upstream on a miss, after its own stage has ended', async () => {
    const { seen, context, ask } = setUp({ stored: null, cacheKey: 'key' });
    expect(await ask()).toEqual(answerOf('live'));
    expect(seen).toEqual({ hits: 0, released: 0, calls: 1, stage: 'miss' });
    expect(context.cacheOutcome).toBe('miss');
  });

  it('asks upstream where the cache may not be used, and says why', async () => {
    const { seen, context, ask } = setUp({ stored: answerOf('stored'), cacheKey: null });
    context.cacheSkipReason = 'switched off for the tenant';
    expect(await ask()).toEqual(answerOf('live'));
    expect(seen).toMatchObject({ hits: 0, released: 0, calls: 1 });
    expect(context.trace.stages).toContainEqual(
      expect.objectContaining({ stage: 'cache-manager', detail: 'switched off for the tenant' }),
    );
  });

  it.each(['key', null])(
    'raises a kept refusal instead of asking upstream, with the cache key %j',
    async (cacheKey) => {
      const { seen, context, ask } = setUp({ stored: null, cacheKey });
      context.keptRefusal = REFUSAL;
      await expect((async () => ask())()).rejects.toBe(REFUSAL);
      expect(seen.calls).toBe(0);
    },
  );
});
