import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { toThrottleKey } from '../../pipeline/rate-limiter/client-ip.js';

const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/** Of one IPv4 address or one IPv6 /64. */
interface Attempts {
  failures: number;
  /** Of the first failure that counts. */
  sinceMs: number;
  /** Look-ups whose end is not known yet. */
  running: number;
  waiting: (() => void)[];
}

/**
 * Guessing tokens is slow: after 20 failures in a minute an address waits for the minute to end. Bounded memory.
 *
 * A look-up that runs counts as the failure that it may become, so that a burst guesses no more than its share. Those beyond
 * it wait for the end of the ones that run instead of being refused: an administrator's own burst fails nowhere.
 */
@Injectable()
export class FailedLogins {
  private readonly byAddress = new LRUCache<string, Attempts>({ max: MAX_ADDRESSES });

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /**
   * What `identify` gives; null counts as a failed login, an error does not.
   * @throws GatewayError('rate_limit_exceeded') without asking, after too many failures.
   */
  async attempt<Identity>(ip: string, identify: () => Promise<Identity | null>): Promise<Identity | null> {
    const attempts = this.getAttempts(toThrottleKey(ip));
    await this.takeTurn(attempts);
    try {
      const identity = await identify();
      if (identity === null) this.countFailure(attempts);
      return identity;
    } finally {
      attempts.running -= 1;
      for (const wake of attempts.waiting.splice(0)) wake();
    }
  }

  /** Checked and taken without a pause between, so that no two get the last place. */
  private async takeTurn(attempts: Attempts): Promise<void> {
    for (;;) {
      this.assertMayTry(attempts);
      if (attempts.failures + attempts.running < MAX_FAILURES) break;
      await new Promise<void>((resolve) => attempts.waiting.push(resolve));
    }
    attempts.running += 1;
  }

  private assertMayTry(attempts: Attempts): void {
    const remainingMs = attempts.sinceMs + WINDOW_MS - this.clock.nowMs();
    if (remainingMs <= 0) attempts.failures = 0;
    if (attempts.failures < MAX_FAILURES) return;
    throw new GatewayError('rate_limit_exceeded', {
      publicMessage: 'Too many failed logins from this address.',
      retryAfterMs: remainingMs,
    });
  }

  private countFailure(attempts: Attempts): void {
    if (attempts.failures === 0) attempts.sinceMs = this.clock.nowMs();
    attempts.failures += 1;
  }

  private getAttempts(address: string): Attempts {
    const known = this.byAddress.get(address);
    if (known !== undefined) return known;
    const attempts: Attempts = { failures: 0, sinceMs: 0, running: 0, waiting: [] };
    this.byAddress.set(address, attempts);
    return attempts;
  }
}
