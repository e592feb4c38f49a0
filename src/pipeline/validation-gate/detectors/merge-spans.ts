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

/** In order and not overlapping; spans that overlap are one, as the first of them says: of two that begin together the longer. */
export function mergeSpans<Span extends TextSpan>(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}
