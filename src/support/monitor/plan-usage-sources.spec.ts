import { planUsageSources } from './plan-usage-sources.js';
import type { UsageQuery } from './usage-query.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

function plan(changes: Partial<UsageQuery>) {
  return planUsageSources({
    tenantId: null,
    groupBy: [],
    interval: null,
    fromMs: HOUR_MS + 1,
    toMs: 2 * HOUR_MS + 20 * MINUTE_MS,
    timeZone: 'UTC',
    filters: {},
    ...changes,
  });
}

const findChoice = (changes: Partial<UsageQuery>) => plan(changes).rollup?.choice ?? null;

describe('planUsageSources', () => {
  it('takes whole buckets from a roll-up and the edges from the ledger', () => {
    expect(plan({})).toEqual({
      rollup: {
        choice: { by: 'tenant' },
        ranges: [{ fromMs: HOUR_MS + 15 * MINUTE_MS, toMs: 2 * HOUR_MS + 15 * MINUTE_MS, isDaily: false }],
      },
      ledger: [
        { fromMs: HOUR_MS + 1, toMs: HOUR_MS + 15 * MINUTE_MS },
        { fromMs: 2 * HOUR_MS + 15 * MINUTE_MS, toMs: 2 * HOUR_MS + 20 * MINUTE_MS },
      ],
    });
  });

  it('leaves a range without a whole bucket to the ledger', () => {
    const range = { fromMs: HOUR_MS + 1, toMs: HOUR_MS + 29 * MINUTE_MS };
    expect(plan(range)).toEqual({ rollup: null, ledger: [range] });
  });

  it('takes whole UTC days from the daily roll-up where each lies in one interval', () => {
    const days = { groupBy: ['key'], fromMs: 23 * HOUR_MS, toMs: 49 * HOUR_MS } satisfies Partial<UsageQuery>;
    const parts = [
      { fromMs: 23 * HOUR_MS, toMs: 24 * HOUR_MS, isDaily: false },
      { fromMs: 24 * HOUR_MS, toMs: 48 * HOUR_MS, isDaily: true },
      { fromMs: 48 * HOUR_MS, toMs: 49 * HOUR_MS, isDaily: false },
    ];
    const fine = [{ fromMs: days.fromMs, toMs: days.toMs, isDaily: false }];
    expect(plan(days).rollup).toEqual({ choice: { by: 'key' }, ranges: parts });
    expect(plan({ ...days, interval: 'month' }).rollup?.ranges).toEqual(parts);
    expect(plan({ ...days, interval: 'hour' }).rollup?.ranges).toEqual(fine);
    expect(plan({ ...days, interval: 'day', timeZone: 'Asia/Kathmandu' }).rollup?.ranges).toEqual(fine);
  });

  it('takes no daily sum of a day in which a month of the zone begins', () => {
    const [fromMs, toMs] = [Date.UTC(2026, 1, 27), Date.UTC(2026, 2, 3)];
    const query = {
      groupBy: ['key'],
      interval: 'month',
      timeZone: 'America/New_York',
      fromMs,
      toMs,
    } as const;
    const startMs = Date.UTC(2026, 2, 1, 5);
    expect(plan(query).rollup?.ranges).toEqual([
      { fromMs, toMs: Date.UTC(2026, 2, 1), isDaily: true },
      { fromMs: Date.UTC(2026, 2, 1), toMs: startMs, isDaily: false },
      { fromMs: startMs, toMs: Date.UTC(2026, 2, 2), isDaily: false },
      { fromMs: Date.UTC(2026, 2, 2), toMs, isDaily: true },
    ]);
  });

  it('answers for one tag or for users from their own roll-up, by tenant or with a filter of the same kind', () => {
    const team = { by: 'tag', tagName: 'team' };
    expect(findChoice({ groupBy: ['tenant', 'tag:team'] })).toEqual(team);
    expect(findChoice({ filters: { tag: 'team=a' } })).toEqual(team);
    expect(findChoice({ groupBy: ['tag:team'], filters: { tag: 'team=a=b' } })).toEqual(team);
    expect(findChoice({ groupBy: ['user', 'tenant'] })).toEqual({ by: 'user' });
    expect(findChoice({ filters: { user: 'u', keyId: undefined } })).toEqual({ by: 'user' });
  });

  it('leaves to the ledger what no single roll-up can answer', () => {
    expect(findChoice({ groupBy: ['tag:team', 'tag:app'] })).toBeNull();
    expect(findChoice({ groupBy: ['tag:team'], filters: { tag: 'app=a' } })).toBeNull();
    expect(findChoice({ groupBy: ['tag:team', 'user'] })).toBeNull();
    expect(findChoice({ groupBy: ['tag:team', 'model'] })).toBeNull();
    expect(findChoice({ groupBy: ['user'], filters: { statusClass: 2 } })).toBeNull();
    expect(findChoice({ groupBy: ['key'], filters: { user: 'u' } })).toBeNull();
  });
});
