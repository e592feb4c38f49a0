/** UTF-16 units from `start` up to, not including, `end`. */
export interface TextSpan {
  start: number;
  end: number;
}

/** The kinds of detectors whose matches can be cut out of a text; the kind stands in the mark that takes their place. */
export type MatchKind = 'keyword' | 'regex' | 'email' | 'payment-card' | 'secret';

/**
 * Looks for something inside a text. Holds no state between calls, takes time linear in the text whatever it says, and
 * never throws.
 */
export interface TextDetector {
  readonly kind: MatchKind;
  /** Not empty, in order, not overlapping. Most texts have none: that case allocates nothing. */
  findMatches(text: string): readonly TextSpan[];
}

/** Judges what a body says in all. There is nothing that could be cut out. */
export interface SizeDetector {
  readonly kind: 'size';
  /** `characters`: UTF-16 units of all texts together. */
  isExceededBy(characters: number): boolean;
}

export type Detector = TextDetector | SizeDetector;

export const NO_MATCHES: readonly TextSpan[] = Object.freeze([]);
