import type { TextSpan } from '../detector.port.js';

/**
 * Adds a span to a list whose spans are in order and do not overlap; the new one must not end before the last. What it
 * overlaps becomes one span with it.
 */
export function pushMerged(spans: TextSpan[], start: number, end: number): void {
  let first = start;
  let last = spans.at(-1);
  while (last !== undefined && first < last.end) {
    first = Math.min(first, last.start);
    spans.pop();
    last = spans.at(-1);
  }
  spans.push({ start: first, end });
}
