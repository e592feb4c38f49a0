/** After so many failures in a row Redis is left alone for a while. */
const FAILURES_TO_OPEN = 5;
const OPEN_MS = 500;

/**
 * Keeps a dead or stalled Redis from costing every request its deadline: after five failures in a row nobody asks for half
 * a second, then one command tries.
 */
export class RedisBreaker {
  private failures = 0;
  private openUntilMs = 0;

  /** Whether a command may be sent now. While it is open, the first caller after the pause is let through alone. */
  mayTry(nowMs: number): boolean {
    if (this.failures < FAILURES_TO_OPEN) return true;
    if (nowMs < this.openUntilMs) return false;
    this.openUntilMs = nowMs + OPEN_MS;
    return true;
  }

  recordSuccess(): void {
    this.failures = 0;
  }

  recordFailure(nowMs: number): void {
    this.failures += 1;
    if (this.failures >= FAILURES_TO_OPEN) this.openUntilMs = nowMs + OPEN_MS;
  }

  get isOpen(): boolean {
    return this.failures >= FAILURES_TO_OPEN;
  }
}
