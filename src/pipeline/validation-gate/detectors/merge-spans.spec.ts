import fc from 'fast-check';
import { mergeNaively } from '../testing/merge-naively.js';
import { mergeSpans } from './merge-spans.js';

describe('mergeSpans', () => {
  it('covers what the spans cover, in order and without overlap, and leaves the spans as they were', () => {
    const span = fc
      .tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 12 }))
      .map(([start, length]) => ({ start, end: start + length }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
        const before = structuredClone(spans);
        const ordered = [...before].sort((a, b) => a.start - b.start || b.end - a.end);
        expect(mergeSpans(spans)).toEqual(mergeNaively(ordered));
        expect(spans).toEqual(before);
      }),
    );
  });

  it('keeps what the first says, of two that begin together the longer', () => {
    const spans = [
      { start: 4, end: 9, kind: 'late' },
      { start: 0, end: 2, kind: 'short' },
      { start: 0, end: 5, kind: 'long' },
      { start: 9, end: 10, kind: 'next' },
    ];
    expect(mergeSpans(spans)).toEqual([
      { start: 0, end: 9, kind: 'long' },
      { start: 9, end: 10, kind: 'next' },
    ]);
  });
});
