import { randomInt } from 'node:crypto';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '../../common/clock.port.js';

/** One address in one window. */
export interface IpCount {
  readonly key: string;
  /** Known to be counted by all processes together, this one included. */
  shared: number;
  /** Counted here and not told to the others yet. */
  unshared: number;
  /** What the same address had in the window before, by all processes. */
  before: number;
}

/** What other processes are told, and tell. */
export interface IpWindow {
  /** Windows are numbered from the epoch. */
  readonly number: number;
  readonly windowMs: number;
  /** Counts that changed since the last time they were taken. */
  takeChanged(): IpCount[];
}

export interface IpVerdict {
  isAllowed: boolean;
  /** Milliseconds until a request would be admitted; 0 when this one is. */
  retryAfterMs: number;
}

/** Addresses with a count of their own; beyond that many in a window, strangers share one of a fixed number of counts. */
const MAX_ADDRESSES = 100_000;
const SHARED_COUNTS = 65_536;

const ALLOWED: IpVerdict = { isAllowed: true, retryAfterMs: 0 };

/**
 * Requests per address, two counts each: this window's and the one's before, which weighs as much as it still overlaps with
 * the last `windowMs`. The estimate takes the former window's requests as evenly spread; an address that sent them all at its
 * end can reach up to twice the limit once. That is enough against floods, costs two numbers per address and no sweeping:
 * a window's table is dropped whole.
 *
 * Bounded: past 100,000 addresses in a window, new ones are counted in 65,536 shared counts, which can only be too strict.
 * Refused requests are not counted, so that patience is rewarded.
 */
export class IpCounts implements ThrottlerStorage, IpWindow {
  number = 0;
  windowMs = 60_000;
  private current = new Map<string, IpCount>();
  private previous = new Map<string, IpCount>();
  private changed: IpCount[] = [];
  private readonly seed = randomInt(2 ** 31);

  constructor(private readonly clock: Clock) {}

  /** Counts a request unless it is refused. Constant time. */
  hit(address: string, limit: number, windowMs: number): IpVerdict {
    const nowMs = this.clock.nowMs();
    this.moveTo(nowMs, windowMs);
    const count = this.getCount(address);
    const elapsed = (nowMs - this.number * windowMs) / windowMs;
    const own = count.shared + count.unshared;
    const estimate = count.before * (1 - elapsed) + own;
    if (estimate + 1 > limit)
      return { isAllowed: false, retryAfterMs: findWait(count.before, own, limit, elapsed) * windowMs };
    if (count.unshared === 0) this.changed.push(count);
    count.unshared += 1;
    return ALLOWED;
  }

  /** For @nestjs/throttler. `ttl`: window in milliseconds. */
  increment(key: string, ttl: number, limit: number): ReturnType<ThrottlerStorage['increment']> {
    const { isAllowed, retryAfterMs } = this.hit(key, limit, ttl);
    const { shared, unshared } = this.getCount(key);
    const seconds = Math.ceil(retryAfterMs / 1_000);
    return Promise.resolve({
      totalHits: shared + unshared,
      timeToExpire: Math.ceil(ttl / 1_000),
      isBlocked: !isAllowed,
      timeToBlockExpire: seconds,
    });
  }

  takeChanged(): IpCount[] {
    const { changed } = this;
    this.changed = [];
    return changed;
  }

  /** For tests of the bound. */
  get size(): number {
    return this.current.size;
  }

  private getCount(address: string): IpCount {
    const known = this.current.get(address);
    if (known !== undefined) return known;
    const key = this.current.size < MAX_ADDRESSES ? address : this.findSharedKey(address);
    const shared = this.current.get(key);
    if (shared !== undefined) return shared;
    const before = this.previous.get(key);
    const count = {
      key,
      shared: 0,
      unshared: 0,
      before: before === undefined ? 0 : before.shared + before.unshared,
    };
    this.current.set(key, count);
    return count;
  }

  private moveTo(nowMs: number, windowMs: number): void {
    const number = Math.floor(nowMs / windowMs);
    if (number === this.number && windowMs === this.windowMs) return;
    const isNext = number === this.number + 1 && windowMs === this.windowMs;
    this.previous = isNext ? this.current : new Map<string, IpCount>();
    this.current = new Map();
    this.changed = [];
    this.number = number;
    this.windowMs = windowMs;
  }

  /** FNV-1a with a seed of the process, so that nobody can choose whom to share a count with. */
  private findSharedKey(address: string): string {
    let hash = this.seed;
    for (let index = 0; index < address.length; index += 1) {
      hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193);
    }
    return `shared:${(hash >>> 0) % SHARED_COUNTS}`;
  }
}

/** In windows: when `before` weighs little enough for one more; with this window full, that is in the next one. */
function findWait(before: number, own: number, limit: number, elapsed: number): number {
  if (own + 1 <= limit) return Math.max(0, 1 - (limit - own - 1) / before - elapsed);
  return 1 - elapsed + Math.max(0, 1 - (limit - 1) / own);
}
