import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';

const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  sinceMs: number;
}

/** Guessing tokens is slow: after 20 failures in a minute an address waits for the minute to end. Bounded memory. */
@Injectable()
export class FailedLogins {
  private readonly byIp = new LRUCache<string, Failures>({ max: MAX_ADDRESSES });

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** @throws GatewayError('rate_limit_exceeded') */
  assertMayTry(ip: string): void {
    const failures = this.findCurrent(ip);
    if (failures === null || failures.count < MAX_FAILURES) return;
    throw new GatewayError('rate_limit_exceeded', {
      publicMessage: 'Too many failed logins from this address.',
      retryAfterMs: failures.sinceMs + WINDOW_MS - this.clock.nowMs(),
    });
  }

  record(ip: string): void {
    const failures = this.findCurrent(ip) ?? { count: 0, sinceMs: this.clock.nowMs() };
    this.byIp.set(ip, { ...failures, count: failures.count + 1 });
  }

  private findCurrent(ip: string): Failures | null {
    const failures = this.byIp.get(ip);
    return failures !== undefined && this.clock.nowMs() - failures.sinceMs < WINDOW_MS ? failures : null;
  }
}
