/** Parts a window is counted in. */
const WINDOW_BUCKETS = 32;

/** Milliseconds of one part. */
export function findBucketMs(windowMs: number): number {
  return Math.ceil(windowMs / WINDOW_BUCKETS);
}

const RING = WINDOW_BUCKETS + 1;

/**
 * A sliding window that never admits more than its limit in any span of `windowMs`, aligned or not.
 *
 * Time is cut into buckets of 1/32 of the window. A bucket counts in full until its youngest moment has left the window,
 * so the span that is counted is between 1 and 1 + 1/32 windows long: the error is on the strict side only, what was used
 * becomes free again at most 1/32 of a window late, and at least 32/33 of the limit can be used in the long run. (The usual
 * two counters per window admit up to twice the limit around a boundary; a token bucket admits its burst on top of its rate.)
 *
 * Amortised constant time: a bucket is emptied once. Constant memory: 33 numbers. A clock that steps back is ignored.
 */
export class SlidingWindow {
  private readonly counts = new Float64Array(RING);
  private readonly bucketMs: number;
  /** Number of the oldest bucket that may hold something; buckets are numbered from the epoch. */
  private oldest = 0;
  private total = 0;
  /** When everything counted so far has left, epoch milliseconds. */
  emptyAtMs = 0;

  constructor(readonly windowMs: number) {
    this.bucketMs = findBucketMs(windowMs);
  }

  /** What counts now. */
  count(nowMs: number): number {
    this.advance(nowMs);
    return this.total;
  }

  /** Counts an amount, whatever the limit. Returns its bucket, for `correct`. */
  add(amount: number, nowMs: number): number {
    this.advance(nowMs);
    const bucket = Math.max(Math.floor(nowMs / this.bucketMs), this.oldest);
    this.counts[bucket % RING] = (this.counts[bucket % RING] as number) + amount;
    this.total += amount;
    this.emptyAtMs = Math.max(this.emptyAtMs, (bucket + 1) * this.bucketMs + this.windowMs);
    return bucket;
  }

  /** Corrects an amount that was added: less is taken out of its bucket while that still counts, more counts from now on. */
  correct(bucket: number, added: number, actual: number, nowMs: number): void {
    if (actual > added) this.add(actual - added, nowMs);
    else {
      this.advance(nowMs);
      if (bucket < this.oldest) return;
      this.counts[bucket % RING] = (this.counts[bucket % RING] as number) - (added - actual);
      this.total -= added - actual;
    }
  }

  /** Milliseconds until `amount` fits under `limit` if nothing is added; a whole window when it never does. */
  findWaitMs(amount: number, limit: number, nowMs: number): number {
    let left = this.count(nowMs);
    const newest = Math.max(Math.floor(nowMs / this.bucketMs), this.oldest);
    for (let bucket = this.oldest; bucket <= newest; bucket += 1) {
      left -= this.counts[bucket % RING] as number;
      if (left + amount <= limit) return (bucket + 1) * this.bucketMs + this.windowMs - nowMs;
    }
    return this.windowMs;
  }

  /** Empties the buckets whose youngest moment has left the window. */
  private advance(nowMs: number): void {
    const edge = Math.floor((nowMs - this.windowMs) / this.bucketMs);
    if (edge <= this.oldest) return;
    if (edge >= this.oldest + RING) this.clear();
    else {
      for (let bucket = this.oldest; bucket < edge; bucket += 1) {
        this.total -= this.counts[bucket % RING] as number;
        this.counts[bucket % RING] = 0;
      }
    }
    this.oldest = edge;
  }

  private clear(): void {
    this.counts.fill(0);
    this.total = 0;
  }
}
