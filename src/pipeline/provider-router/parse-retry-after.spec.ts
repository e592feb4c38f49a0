import { parseRetryAfter } from './parse-retry-after.js';

describe('parseRetryAfter', () => {
  const nowMs = Date.parse('2026-01-31T12:00:00Z');

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': ' 1.5 ' }, 1_500],
    [{ 'retry-after': 'Sat, 31 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Saturday, 31-Jan-26 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sat, 31 Jan 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after-ms': 'x', 'retry-after': '1' }, 1_000],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '1e9' }, null],
    [{}, null],
  ])('reads %j as %s ms', (headers, expected) =>
    expect(parseRetryAfter(headers as Record<string, string>, nowMs)).toBe(expected),
  );
});
