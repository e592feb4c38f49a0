import { compileQuotaPlan } from './build-quota-entries.js';
import { QuotaOutcome } from './quota-outcome.js';
import { createBudget, createLimit } from './testing/limiter-fixtures.js';

const subject = { tenantId: 't', keyId: 'k', model: 'm', servedModel: 'm', tags: {}, user: null };

describe('the headers of a QuotaOutcome', () => {
  it('tell the tightest limit on requests and on tokens, with seconds to its reset', () => {
    const limits = [
      createLimit({ limit: 100 }),
      createLimit({ limit: 10 }),
      createLimit({ metric: 'concurrency', limit: 1 }),
      createLimit({ metric: 'tokens', limit: 5_000 }),
      createLimit({ metric: 'input-tokens', limit: 900 }),
    ];
    const { quotas } = compileQuotaPlan(limits, [createBudget()], subject);
    const states = [50n, 7n, 0n, 4_000n, 800n, 1n].map((remaining) => ({ remaining, resetMs: 1_500 }));
    expect(new QuotaOutcome(null, quotas, states).headers).toEqual([
      'x-ratelimit-limit-requests',
      '10',
      'x-ratelimit-remaining-requests',
      '7',
      'x-ratelimit-reset-requests',
      '2s',
      'x-ratelimit-limit-tokens',
      '900',
      'x-ratelimit-remaining-tokens',
      '800',
      'x-ratelimit-reset-tokens',
      '2s',
    ]);
  });

  it('are none where nothing is limited', () => {
    const { quotas } = compileQuotaPlan([], [createBudget()], subject);
    expect(new QuotaOutcome(null, quotas, [{ remaining: 1n, resetMs: 0 }]).headers).toEqual([]);
  });
});
