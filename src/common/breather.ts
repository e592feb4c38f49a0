import { setImmediate } from 'node:timers/promises';

/** Long enough to get on, short enough that no request waits noticeably. */
const MAX_TURN_MS = 15;

/** For work over many items in the thread that serves requests: lets them in between when they have waited long enough. */
export class Breather {
  private sinceMs = performance.now();

  /** Asked after each item, so that most of them cost no promise. */
  isDue(): boolean {
    return performance.now() - this.sinceMs > MAX_TURN_MS;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.sinceMs = performance.now();
  }
}
