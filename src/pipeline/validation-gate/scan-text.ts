import { NO_MATCHES, type TextDetector, type TextSpan } from './detector.port.js';
import { type FoldedText, foldText } from './fold-text.js';
import { dropMarked } from './redaction-mark.js';

/** One text as it is written and, where that differs, as its reader takes it; detectors look at both. */
export class ScannedText {
  private readonly folded: FoldedText | null;

  /** @param hidesNothing known already, so that it need not be looked at. */
  constructor(
    private readonly text: string,
    hidesNothing = false,
  ) {
    this.folded = hidesNothing ? null : foldText(text);
  }

  countMatches(detector: TextDetector): number {
    const plain = findUnmarked(detector, this.text).length;
    return this.folded === null ? plain : Math.max(plain, findUnmarked(detector, this.folded.text).length);
  }

  /** Spans of the text as it is written. They may overlap. */
  findSpans(detector: TextDetector): readonly TextSpan[] {
    const plain = findUnmarked(detector, this.text);
    const { folded } = this;
    if (folded === null) return plain;
    const hidden = findUnmarked(detector, folded.text);
    return [
      ...plain,
      ...hidden.map(({ start, end }) => ({ start: folded.locate(start), end: folded.locate(end) })),
    ];
  }
}

function findUnmarked(detector: TextDetector, text: string): readonly TextSpan[] {
  const spans = detector.findMatches(text);
  return spans.length === 0 ? NO_MATCHES : dropMarked(spans, text);
}
