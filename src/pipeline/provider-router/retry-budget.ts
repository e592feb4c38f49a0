export interface RetryBudgetSettings {
  /** Retries earned by each request. */
  ratio: number;
  /** Retries per second that are always allowed, so that a quiet gateway can retry at all. */
  minimumPerSecond: number;
}

export const DEFAULT_RETRY_BUDGET: RetryBudgetSettings = { ratio: 0.2, minimumPerSecond: 5 };

/** Tokens are kept for so long at the most: an hour of calm must not pay for a storm. */
const BURST_SECONDS = 10;

/**
 * Bounds retries to a share of the requests: each request earns `ratio` tokens, time earns `minimumPerSecond`, each retry
 * takes one. When everything fails the load on the upstreams grows by a fifth instead of by the number of attempts.
 * Tokens are capped at ten seconds' worth of the minimum or a hundred, whichever is more.
 */
export class RetryBudget {
  private tokens: number;
  private refilledAtMs: number;
  private readonly capacity: number;

  constructor(
    private readonly settings: RetryBudgetSettings,
    nowMs: number,
  ) {
    this.capacity = Math.max(100, settings.minimumPerSecond * BURST_SECONDS);
    this.tokens = settings.minimumPerSecond;
    this.refilledAtMs = nowMs;
  }

  recordRequest(): void {
    this.tokens = Math.min(this.capacity, this.tokens + this.settings.ratio);
  }

  tryTake(nowMs: number): boolean {
    const elapsedSeconds = Math.max(0, nowMs - this.refilledAtMs) / 1_000;
    this.refilledAtMs = nowMs;
    this.tokens = Math.min(this.capacity, this.tokens + elapsedSeconds * this.settings.minimumPerSecond);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
