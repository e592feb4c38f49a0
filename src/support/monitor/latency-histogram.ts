/** Buckets per doubling: a percentile is at most 4.5 % above the true value. */
const STEPS = 16;
/** Smallest latency told apart, 2^-4 us. */
const LOWEST_EXPONENT = -4;
/** Latencies of 2^32 us (71 minutes) and more share the last bucket. */
const HIGHEST_EXPONENT = 32;
const BUCKETS = (HIGHEST_EXPONENT - LOWEST_EXPONENT) * STEPS;

/**
 * Latencies in buckets of growing width, 2.3 kB whatever is recorded. Edges lie on powers of two of a microsecond, so
 * cumulative counts at such bounds are exact.
 */
export class LatencyHistogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;
  private sum = 0;

  get count(): number {
    return this.total;
  }

  get sumMs(): number {
    return this.sum;
  }

  record(milliseconds: number): void {
    const position = Math.floor((Math.log2(milliseconds * 1000) - LOWEST_EXPONENT) * STEPS);
    // NaN and zero, whose logarithm is no number, end in the first bucket.
    const index = position > 0 ? Math.min(position, BUCKETS - 1) : 0;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.total++;
    this.sum += milliseconds;
  }

  /** Upper edge, in milliseconds, of the bucket in which the share (0..1) of all latencies is reached; null when empty. */
  percentileMs(share: number): number | null {
    if (this.total === 0) return null;
    let remaining = Math.max(1, Math.ceil(this.total * share));
    for (let index = 0; index < BUCKETS; index++) {
      remaining -= this.counts[index] ?? 0;
      if (remaining <= 0) return 2 ** ((index + 1) / STEPS + LOWEST_EXPONENT) / 1000;
    }
    return null;
  }

  /** How many were below 2^exponent microseconds. */
  countBelow(exponent: number): number {
    const end = Math.min(BUCKETS, Math.max(0, (exponent - LOWEST_EXPONENT) * STEPS));
    let count = 0;
    for (let index = 0; index < end; index++) count += this.counts[index] ?? 0;
    return count;
  }
}
