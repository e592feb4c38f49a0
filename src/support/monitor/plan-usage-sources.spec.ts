import { planUsageSources } from './plan-usage-sources.js';
import type { RollupPart } from './plan-rollup-parts.js';
import type { RollupLevel } from './rollup-levels.js';
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

const part = (level: RollupLevel, fromMs: number, toMs: number, changes: Partial<RollupPart> = {}) => ({
  level,
  fromMs,
  toMs,
  only: null,
  except: [],
  ...changes,
});

const findChoice = (changes: Partial<UsageQuery>) => plan(changes).rollup?.choice ?? null;

describe('planUsageSources', () => {
  it('takes whole buckets from a roll-up and the edges from the ledger', () => {
    expect(plan({})).toEqual({
      rollup: {
        choice: { by: 'tenant' },
        parts: [part('quarter', HOUR_MS + 15 * MINUTE_MS, 2 * HOUR_MS + 15 * MINUTE_MS)],
        everything: null,
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

  it('takes the longest buckets that lie in one interval', () => {
    const range = { fromMs: 23 * HOUR_MS, toMs: 49 * HOUR_MS };
    const [firstHour, lastHour] = [23 * HOUR_MS, 48 * HOUR_MS];
    const parts = [
      part('sixHours', 24 * HOUR_MS, 48 * HOUR_MS),
      part('hour', firstHour, lastHour + HOUR_MS, { only: [firstHour, lastHour] }),
    ];
    const hours = [part('hour', range.fromMs, range.toMs)];
    const findParts = (changes: Partial<UsageQuery>) =>
      plan({ ...range, groupBy: ['key'], ...changes }).rollup?.parts;
    expect(findParts({})).toEqual(parts);
    expect(findParts({ interval: 'month' })).toEqual(parts);
    expect(findParts({ interval: 'hour' })).toEqual(hours);
    expect(findParts({ interval: 'hour', timeZone: 'America/New_York' })).toEqual(hours);
    expect(findParts({ interval: 'hour', timeZone: 'Asia/Kathmandu' })).toEqual([
      part('quarter', range.fromMs, range.toMs),
    ]);
  });

  it('reads the hour in which a day of the zone begins by its quarters', () => {
    const [fromMs, toMs] = [Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 2)];
    const query = { groupBy: ['key'], interval: 'day', timeZone: 'Asia/Kathmandu', fromMs, toMs } as const;
    const evening = fromMs + 18 * HOUR_MS;
    expect(plan(query).rollup?.parts).toEqual([
      part('sixHours', fromMs, evening),
      part('hour', evening + HOUR_MS, toMs),
      part('quarter', evening, evening + HOUR_MS),
    ]);
  });

  it('takes no daily sum of a day in which a month of the zone begins', () => {
    const [fromMs, toMs] = [Date.UTC(2026, 1, 27), Date.UTC(2026, 2, 3)];
    const query = { groupBy: ['key', 'model'], interval: 'month', fromMs, toMs } as const;
    const cutDay = Date.UTC(2026, 2, 1);
    expect(plan({ ...query, timeZone: 'America/New_York' }).rollup?.parts).toEqual([
      part('day', fromMs, toMs, { except: [cutDay] }),
      part('quarter', cutDay, cutDay + 24 * HOUR_MS),
    ]);
  });

  it('takes the narrowest roll-up with all dimensions and filters', () => {
    expect(findChoice({ groupBy: ['tenant'] })).toEqual({ by: 'tenant' });
    expect(findChoice({ groupBy: ['model', 'tenant'], filters: { model: 'a' } })).toEqual({ by: 'model' });
    expect(findChoice({ filters: { statusClass: 5 } })).toEqual({ by: 'status' });
    expect(findChoice({ groupBy: ['provider'], filters: { keyId: 'k' } })).toEqual({ by: 'detail' });
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
