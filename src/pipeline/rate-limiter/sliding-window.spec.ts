import fc from 'fast-check';
import { findBucketMs, SlidingWindow } from './sliding-window.js';

const START_MS = Date.UTC(2026, 0, 1);

interface Admission {
  atMs: number;
  amount: number;
}

const attempts = fc.array(
  fc.record({ pauseMs: fc.integer({ min: 0, max: 700 }), amount: fc.integer({ min: 1, max: 6 }) }),
  {
    maxLength: 200,
  },
);
const windows = fc.constantFrom(1_000, 1_001, 777, 3_600);

function sumYoungerThan(admitted: readonly Admission[], ageMs: number, nowMs: number): number {
  return admitted.filter(({ atMs }) => atMs > nowMs - ageMs).reduce((sum, { amount }) => sum + amount, 0);
}

/** Calls `check` with what was admitted before each attempt, and whether the attempt was. */
function replay(
  windowMs: number,
  limit: number,
  steps: readonly { pauseMs: number; amount: number }[],
  check: (admitted: readonly Admission[], attempt: Admission, isAdmitted: boolean) => void,
): void {
  const window = new SlidingWindow(windowMs);
  const admitted: Admission[] = [];
  let nowMs = START_MS;
  for (const { pauseMs, amount } of steps) {
    nowMs += pauseMs;
    const isAdmitted = window.count(nowMs) + amount <= limit;
    check(admitted, { atMs: nowMs, amount }, isAdmitted);
    if (!isAdmitted) continue;
    window.add(amount, nowMs);
    admitted.push({ atMs: nowMs, amount });
  }
}

describe('SlidingWindow', () => {
  it('never admits more than the limit in any span of its length, aligned or not', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 6, max: 40 }), attempts, (windowMs, limit, steps) => {
        replay(windowMs, limit, steps, (admitted, { atMs, amount }, isAdmitted) => {
          const used = sumYoungerThan(admitted, windowMs, atMs);
          expect(isAdmitted ? used + amount : used).toBeLessThanOrEqual(limit);
        });
      }),
    );
  });

  it('refuses only what would not fit into a window that is one bucket longer', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 6, max: 40 }), attempts, (windowMs, limit, steps) => {
        replay(windowMs, limit, steps, (admitted, { atMs, amount }, isAdmitted) => {
          const used = sumYoungerThan(admitted, windowMs + findBucketMs(windowMs), atMs);
          if (!isAdmitted) expect(used + amount).toBeGreaterThan(limit);
        });
      }),
    );
  });

  it('says exactly how long to wait', () => {
    fc.assert(
      fc.property(
        windows,
        fc.integer({ min: 6, max: 20 }),
        attempts,
        fc.integer({ min: 1, max: 6 }),
        (windowMs, limit, steps, amount) => {
          const window = new SlidingWindow(windowMs);
          let nowMs = START_MS;
          for (const step of steps) {
            nowMs += step.pauseMs;
            if (window.count(nowMs) + step.amount <= limit) window.add(step.amount, nowMs);
          }
          if (window.count(nowMs) + amount <= limit) return;
          const waitMs = window.findWaitMs(amount, limit, nowMs);
          expect(window.count(nowMs + waitMs - 1) + amount).toBeGreaterThan(limit);
          expect(window.count(nowMs + waitMs) + amount).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  it('takes corrections out of the time they belong to, and counts an excess from now on', () => {
    const window = new SlidingWindow(32_000);
    const bucket = window.add(100, START_MS);
    window.correct(bucket, 100, 40, START_MS + 5_000);
    expect(window.count(START_MS + 5_000)).toBe(40);
    window.correct(bucket, 40, 70, START_MS + 10_000);
    expect(window.count(START_MS + 33_000)).toBe(30);
    window.correct(bucket, 40, 0, START_MS + 34_000);
    expect(window.count(START_MS + 34_000)).toBe(30);
    expect(window.count(START_MS + 10_000 + 34_000)).toBe(0);
  });

  it('is not fooled by a clock that steps back', () => {
    const window = new SlidingWindow(1_000);
    window.add(5, START_MS + 60_000);
    window.add(5, START_MS);
    expect(window.count(START_MS)).toBe(10);
    expect(window.count(START_MS + 60_000 + 1_064)).toBe(0);
  });
});
