import fc from 'fast-check';
import { alignToEscapes } from './align-to-escapes.js';

describe('alignment to escapes', () => {
  it('leaves JSON inside a string readable, wherever a span is cut out of one of its texts', () => {
    const piece = fc.constantFrom('a', '"', '\\', '\n', '\u0001', 'é', '\u2028', '/', '1');
    const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
    const escaped = text.map((value) => JSON.stringify(value).replace(/[^\x20-\x7e]/g, renderEscape));
    fc.assert(
      fc.property(escaped, fc.nat(), fc.nat(), (json, from, to) => {
        const inner = json.length - 2;
        const [start = 0, end = 0] = [1 + (from % (inner + 1)), 1 + (to % (inner + 1))].sort((a, b) => a - b);
        fc.pre(end > start);
        const span = alignToEscapes(json, { start, end });
        expect(span.start).toBeLessThanOrEqual(start);
        expect(span.end).toBeGreaterThanOrEqual(end);
        const rest = `${json.slice(0, span.start)}#${json.slice(span.end)}`;
        expect(typeof JSON.parse(rest)).toBe('string');
        // No more than the escapes that the span touches: one at each side.
        expect(span.end - span.start - (end - start)).toBeLessThanOrEqual(10);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves text without escapes alone', () => {
    expect(alignToEscapes('u0041 n', { start: 1, end: 3 })).toEqual({ start: 1, end: 3 });
  });
});

function renderEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
