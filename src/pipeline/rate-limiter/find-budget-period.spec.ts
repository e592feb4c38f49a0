import { findBudgetPeriod } from './find-budget-period.js';

const HOUR = 3_600_000;

function find(period: 'day' | 'week' | 'month' | 'total', zone: string, at: string) {
  const { startMs, endMs } = findBudgetPeriod(period, zone, Date.parse(at));
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
}

describe('findBudgetPeriod', () => {
  it('begins days at local midnight', () => {
    expect(find('day', 'Asia/Kathmandu', '2026-03-10T18:14:59Z')).toEqual([
      '2026-03-09T18:15:00.000Z',
      '2026-03-10T18:15:00.000Z',
    ]);
    expect(find('day', 'Asia/Kathmandu', '2026-03-10T18:15:00Z')).toEqual([
      '2026-03-10T18:15:00.000Z',
      '2026-03-11T18:15:00.000Z',
    ]);
  });

  it('begins weeks on Monday and months on the first', () => {
    expect(find('week', 'UTC', '2026-03-01T12:00:00Z')).toEqual([
      '2026-02-23T00:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
    ]);
    expect(find('month', 'America/New_York', '2026-03-01T04:00:00Z')).toEqual([
      '2026-02-01T05:00:00.000Z',
      '2026-03-01T05:00:00.000Z',
    ]);
  });

  it('makes days of 23 and 25 hours where clocks change', () => {
    const hours = (at: string) => {
      const { startMs, endMs } = findBudgetPeriod('day', 'Europe/Berlin', Date.parse(at));
      return (endMs - startMs) / HOUR;
    };
    expect([
      hours('2026-03-29T12:00:00Z'),
      hours('2026-10-25T12:00:00Z'),
      hours('2026-06-01T12:00:00Z'),
    ]).toEqual([23, 25, 24]);
  });

  it('begins a day without midnight at its first moment', () => {
    expect(find('day', 'Africa/Cairo', '2026-04-24T12:00:00Z')).toEqual([
      '2026-04-23T22:00:00.000Z',
      '2026-04-24T21:00:00.000Z',
    ]);
  });

  it('leaves no gap between periods', () => {
    for (const zone of ['Europe/Berlin', 'Africa/Cairo', 'America/Havana', 'Australia/Lord_Howe']) {
      let { endMs } = findBudgetPeriod('day', zone, Date.UTC(2026, 0, 1));
      for (let day = 0; day < 400; day += 1) {
        const next = findBudgetPeriod('day', zone, endMs);
        expect([zone, next.startMs, findBudgetPeriod('day', zone, endMs - 1).endMs]).toEqual([
          zone,
          endMs,
          endMs,
        ]);
        endMs = next.endMs;
      }
    }
  });

  it('gives every period and every time zone its own id', () => {
    const ids = [
      findBudgetPeriod('day', 'UTC', 0),
      findBudgetPeriod('month', 'UTC', 0),
      findBudgetPeriod('day', 'UTC', 24 * HOUR),
      findBudgetPeriod('day', 'Asia/Tokyo', 0),
      findBudgetPeriod('total', 'UTC', 0),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
  });

  it('never ends a total and treats an unknown zone as UTC', () => {
    expect(findBudgetPeriod('total', 'UTC', Date.UTC(2300, 0, 1)).endMs).toBeGreaterThan(
      Date.UTC(9000, 0, 1),
    );
    expect(find('day', 'Mars/Olympus', '2026-03-10T18:00:00Z')).toEqual([
      '2026-03-10T00:00:00.000Z',
      '2026-03-11T00:00:00.000Z',
    ]);
  });
});
