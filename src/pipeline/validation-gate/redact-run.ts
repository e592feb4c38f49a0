import { alignToEscapes } from './align-to-escapes.js';
import type { TextRun } from './check-content.js';
import type { BodyText } from './collect-texts.js';
import { mergeSpans } from './detectors/merge-spans.js';
import type { MatchKind, TextDetector, TextSpan } from './detector.port.js';
import { findMarks, renderMark } from './redaction-mark.js';
import { ScannedText } from './scan-text.js';

/** Taking something out can make something of what stood beside it, rarely more than once. */
const MAX_ROUNDS = 8;

/** A span of all parts together, and what takes its place; of spans that are merged, the kind of the first. */
interface MarkedSpan extends TextSpan {
  kind: MatchKind;
}

/**
 * The parts that change, with a mark such as `[REDACTED:email]` for each match; matches that overlap have one mark.
 *
 * What is returned was looked at again: none of the detectors finds anything in it, in the parts or over their borders. A
 * text in which they still do after eight rounds is replaced as a whole.
 */
export function redactRun(detectors: readonly TextDetector[], run: TextRun): BodyText[] {
  const texts = redactTexts(
    detectors,
    run.map(({ text }) => text),
  );
  return run.flatMap((part, index) => {
    const text = texts[index] ?? part.text;
    return text === part.text ? [] : [{ ...part, text }];
  });
}

function redactTexts(detectors: readonly TextDetector[], original: readonly string[]): readonly string[] {
  let texts = original;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const spans = findSpans(detectors, texts);
    if (spans.length === 0) return texts;
    texts = replaceSpans(texts, spans);
  }
  const rest = findSpans(detectors, texts)[0];
  return rest === undefined ? texts : texts.map(() => renderMark(rest.kind));
}

/** In coordinates of the joined text; in order, not overlapping, cutting neither an escape nor an earlier mark in two. */
function findSpans(detectors: readonly TextDetector[], texts: readonly string[]): MarkedSpan[] {
  const joined = texts.join('');
  const spans: MarkedSpan[] = [];
  addSpans(detectors, joined, 0, spans);
  if (texts.length > 1) {
    let offset = 0;
    for (const text of texts) {
      addSpans(detectors, text, offset, spans);
      offset += text.length;
    }
  }
  if (spans.length === 0) return spans;
  const merged = mergeSpans(alignSpans(spans, joined));
  const marks = findMarks(joined);
  return marks.length === 0 ? merged : mergeSpans(widenToMarks(merged, marks));
}

function addSpans(
  detectors: readonly TextDetector[],
  text: string,
  offset: number,
  spans: MarkedSpan[],
): void {
  const scanned = new ScannedText(text);
  for (const detector of detectors) {
    for (const { start, end } of scanned.findSpans(detector)) {
      spans.push({ start: start + offset, end: end + offset, kind: detector.kind });
    }
  }
}

function alignSpans(spans: readonly MarkedSpan[], text: string): readonly MarkedSpan[] {
  if (!text.includes('\\')) return spans;
  return spans.map((span) => ({ ...alignToEscapes(text, span), kind: span.kind }));
}

function widenToMarks(spans: readonly MarkedSpan[], marks: readonly TextSpan[]): MarkedSpan[] {
  let next = 0;
  return spans.map((span) => {
    while (next < marks.length && (marks[next] as TextSpan).end <= span.start) next++;
    let { start, end } = span;
    for (let index = next; index < marks.length; index++) {
      const mark = marks[index] as TextSpan;
      if (mark.start >= end) break;
      start = Math.min(start, mark.start);
      end = Math.max(end, mark.end);
    }
    return { start, end, kind: span.kind };
  });
}

/** Each part that a span touches gets a mark: none may become empty, which providers refuse. */
function replaceSpans(texts: readonly string[], spans: readonly MarkedSpan[]): string[] {
  let offset = 0;
  let next = 0;
  return texts.map((text) => {
    if (text === '') return text;
    const textEnd = offset + text.length;
    const pieces: string[] = [];
    let copied = offset;
    while (next < spans.length && (spans[next] as MarkedSpan).start < textEnd) {
      const span = spans[next] as MarkedSpan;
      pieces.push(text.slice(copied - offset, Math.max(span.start, offset) - offset), renderMark(span.kind));
      copied = Math.min(span.end, textEnd);
      if (span.end > textEnd) break;
      next++;
    }
    pieces.push(text.slice(copied - offset));
    offset = textEnd;
    return pieces.join('');
  });
}
