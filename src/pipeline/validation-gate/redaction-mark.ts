import type { MatchKind, TextSpan } from './detector.port.js';

const MARK = /\[REDACTED:(?:keyword|regex|email|payment-card|secret)\]/g;
const MARK_START = '[REDACTED:';

export function renderMark(kind: MatchKind): string {
  return `${MARK_START}${kind}]`;
}

/** The marks that stand in a text, also those of an earlier redaction that the client sends back. */
export function findMarks(text: string): TextSpan[] {
  if (!text.includes(MARK_START)) return [];
  return Array.from(text.matchAll(MARK), ({ index, 0: mark }) => ({
    start: index,
    end: index + mark.length,
  }));
}

/** The spans that say something which no mark says: a mark is fixed text, and not a finding. */
export function dropMarked(spans: readonly TextSpan[], text: string): readonly TextSpan[] {
  const marks = findMarks(text);
  if (marks.length === 0) return spans;
  let next = 0;
  return spans.filter(({ start, end }) => {
    while (next < marks.length && (marks[next] as TextSpan).end < end) next++;
    const mark = marks[next];
    return mark === undefined || start < mark.start;
  });
}
