import { SystemClock } from '../../src/common/clock.port.ts';

/** The system's clock, which runs on, but can be put forward. */
export class MovableClock extends SystemClock {
  private aheadMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.aheadMs;
  }

  advance(milliseconds: number): void {
    this.aheadMs += milliseconds;
  }
}
