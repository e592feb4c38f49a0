import fc from 'fast-check';
import { SlidingWindow } from './sliding-window.js';

describe('SlidingWindow', () => {
  it('never counts a call older than the window nor forgets one younger than nine tenths of it', () => {
    const call = fc.record({ gapMs: fc.integer({ min: 0, max: 400 }), failed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), fc.integer({ min: 0, max: 1_500 }), (calls, restMs) => {
        const window = new SlidingWindow(1_000);
        let nowMs = 1_000_000;
        const recorded = calls.map(({ gapMs, failed }) => {
          nowMs += gapMs;
          window.record(nowMs, failed, false);
          return { atMs: nowMs, failed };
        });
        nowMs += restMs;
        window.advance(nowMs);
        const surely = recorded.filter(({ atMs }) => nowMs - atMs <= 900);
        const atMost = recorded.filter(({ atMs }) => nowMs - atMs < 1_000);
        expect(window.calls).toBeGreaterThanOrEqual(surely.length);
        expect(window.calls).toBeLessThanOrEqual(atMost.length);
        expect(window.failures).toBeGreaterThanOrEqual(surely.filter(({ failed }) => failed).length);
        expect(window.failures).toBeLessThanOrEqual(atMost.filter(({ failed }) => failed).length);
      }),
    );
  });

  it('goes on counting when the clock is set back a little', () => {
    const window = new SlidingWindow(1_000);
    window.record(5_000, true, false);
    window.record(4_200, true, true);
    expect(window).toMatchObject({ calls: 2, failures: 2, slowCalls: 1 });
  });

  it('starts anew when the clock is set back by more than the window, and does not wait for the old time', () => {
    const window = new SlidingWindow(1_000);
    window.record(3_600_000, true, false);
    window.record(1_000, true, true);
    window.record(1_950, false, false);
    expect(window).toMatchObject({ calls: 2, failures: 1, slowCalls: 1 });
    window.advance(2_100);
    expect(window).toMatchObject({ calls: 1, failures: 0 });
  });
});
