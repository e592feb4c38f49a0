/** Source of time. Tests drive it by hand; production reads the system. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  nowMs(): number;
  /** Monotonic milliseconds with a fractional part; only differences mean anything. */
  monotonicMs(): number;
}

export const CLOCK = Symbol('Clock');

export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }
}

/** A clock that stands still until `advance` moves it. */
export class ManualClock implements Clock {
  constructor(private currentMs = 1_700_000_000_000) {}

  nowMs(): number {
    return this.currentMs;
  }

  monotonicMs(): number {
    return this.currentMs;
  }

  advance(milliseconds: number): void {
    this.currentMs += milliseconds;
  }
}
