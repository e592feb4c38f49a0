import { type MatchKind, NO_MATCHES, type TextDetector, type TextSpan } from '../detector.port.js';
import { AhoCorasick } from './aho-corasick.js';
import { foldCase, foldUnit } from './fold-case.js';
import { pushMerged } from './merge-spans.js';
import { isInsideWord } from './word-boundary.js';

/** Words and phrases in any case, in one pass for all of them. Accents count: `resume` is not `résumé`. */
export class KeywordDetector implements TextDetector {
  readonly kind: MatchKind = 'keyword';
  private readonly automaton: AhoCorasick;
  private readonly lengths: readonly number[];

  /** @param isWholeWord leaves out what is part of a longer word of letters, digits and underscores. */
  constructor(
    keywords: readonly string[],
    private readonly isWholeWord: boolean,
  ) {
    const words = [...new Set(keywords.map(foldCase))];
    this.lengths = words.map((word) => word.length);
    this.automaton = new AhoCorasick(words, { foldUnit });
  }

  findMatches(text: string): readonly TextSpan[] {
    const spans: TextSpan[] = [];
    this.automaton.scan(text, (word, end) => {
      const start = end - (this.lengths[word] as number);
      if (this.isWholeWord && (isInsideWord(text, end) || isInsideWord(text, start))) return;
      pushMerged(spans, start, end);
    });
    return spans.length === 0 ? NO_MATCHES : spans;
  }
}
