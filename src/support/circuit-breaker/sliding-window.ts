const BUCKETS = 10;

/** Totals of the calls inside a rolling window. */
export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
}

/**
 * Counts calls over the last `windowMs` in a ring of ten buckets with running totals: recording and reading are O(1), and
 * a call leaves the window between 90 % and 100 % of its length after it was recorded.
 */
export class SlidingWindow implements WindowTotals {
  calls = 0;
  failures = 0;
  slowCalls = 0;

  private readonly bucketMs: number;
  private readonly callsIn = new Uint32Array(BUCKETS);
  private readonly failuresIn = new Uint32Array(BUCKETS);
  private readonly slowCallsIn = new Uint32Array(BUCKETS);
  /** Number of the newest bucket since the epoch. A clock that is set back a little does not move it. */
  private newest = 0;

  constructor(readonly windowMs: number) {
    this.bucketMs = Math.max(1, windowMs / BUCKETS);
  }

  record(nowMs: number, failed: boolean, slow: boolean): void {
    this.advance(nowMs);
    const slot = this.newest % BUCKETS;
    this.callsIn[slot] = (this.callsIn[slot] ?? 0) + 1;
    this.calls += 1;
    if (failed) {
      this.failuresIn[slot] = (this.failuresIn[slot] ?? 0) + 1;
      this.failures += 1;
    }
    if (slow) {
      this.slowCallsIn[slot] = (this.slowCallsIn[slot] ?? 0) + 1;
      this.slowCalls += 1;
    }
  }

  /** Forgets what is older than the window. */
  advance(nowMs: number): void {
    const current = Math.floor(nowMs / this.bucketMs);
    const isFarBack = current <= this.newest - BUCKETS;
    if (current <= this.newest && !isFarBack) return;
    // Set back by more than the window, waiting for the old time to come again would keep old failures for as long.
    if (isFarBack || current - this.newest >= BUCKETS) this.clear();
    else for (let number = this.newest + 1; number <= current; number++) this.dropBucket(number % BUCKETS);
    this.newest = current;
  }

  clear(): void {
    this.calls = this.failures = this.slowCalls = 0;
    this.callsIn.fill(0);
    this.failuresIn.fill(0);
    this.slowCallsIn.fill(0);
  }

  private dropBucket(slot: number): void {
    this.calls -= this.callsIn[slot] ?? 0;
    this.failures -= this.failuresIn[slot] ?? 0;
    this.slowCalls -= this.slowCallsIn[slot] ?? 0;
    this.callsIn[slot] = this.failuresIn[slot] = this.slowCallsIn[slot] = 0;
  }
}
