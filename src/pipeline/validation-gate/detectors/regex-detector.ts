import type { RE2JS } from 're2js';
import { type MatchKind, NO_MATCHES, type TextDetector, type TextSpan } from '../detector.port.js';
import { compileRegex, type RegexSource } from './compile-regex.js';

/**
 * A greedy part that goes on after a shorter match is followed this far. Without a bound, `a(.*z)?` would be tried to the
 * end of the text at every `a`: each search is linear, but all together would be quadratic.
 */
const LOOKAHEAD = 128;
/** From the last one counted, the rest of the text is one match. */
const MAX_MATCHES = 10_000;

/**
 * RE2 patterns. A text without a match costs one pass of a deterministic automaton (about 8 ns a character). Where there is
 * one, matches are searched in a window that doubles until a match lies well inside it, so that a search costs about the
 * distance to its match.
 */
export class RegexDetector implements TextDetector {
  readonly kind: MatchKind = 'regex';
  private readonly regex: RE2JS;

  /** @throws Error when the pattern is not acceptable; `detectorSchema` refuses those before they are stored. */
  constructor(source: RegexSource) {
    const { regex, problem } = compileRegex(source);
    if (regex === null) throw new Error(`The pattern of a regex detector ${problem}`);
    this.regex = regex;
  }

  findMatches(text: string): readonly TextSpan[] {
    if (!this.regex.test(text)) return NO_MATCHES;
    const spans: TextSpan[] = [];
    let position = 0;
    while (position < text.length) {
      const span = this.findNext(text, position);
      if (span === null) break;
      if (span.end > span.start) spans.push(span);
      if (spans.length === MAX_MATCHES) spans[MAX_MATCHES - 1] = { start: span.start, end: text.length };
      position = spans.length === MAX_MATCHES ? text.length : Math.max(span.end, position + 1);
    }
    return spans;
  }

  private findNext(text: string, position: number): TextSpan | null {
    // What stands before decides about `^` and `\b`: two units, for a surrogate pair.
    const base = Math.max(0, position - 2);
    for (let size = LOOKAHEAD * 2; ; size *= 2) {
      const end = Math.min(text.length, position + size);
      const span = this.findInside(text.slice(base, end), position - base);
      if (end < text.length && (span === null || base + span.end + LOOKAHEAD > end)) continue;
      return span === null ? null : { start: base + span.start, end: base + span.end };
    }
  }

  private findInside(window: string, from: number): TextSpan | null {
    // The engine that finds places is ten times as slow as the one that says whether there are any.
    if (!this.regex.test(window)) return null;
    const matcher = this.regex.matcher(window);
    return matcher.find(from) ? { start: matcher.start(), end: matcher.end() } : null;
  }
}
