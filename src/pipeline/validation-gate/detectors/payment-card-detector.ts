import { type MatchKind, NO_MATCHES, type TextDetector, type TextSpan } from '../detector.port.js';
import { isIssued, passesLuhn } from './card-issuers.js';
import { pushMerged } from './merge-spans.js';

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;
/** Inside a longer row of numbers a card is only told from the others when it is written in groups of this many. */
const MIN_GROUP_DIGITS = 3;
/** The first place at which thirteen digits follow, with a space or dash between any two of them. */
const CANDIDATE = /[0-9](?:[ -]?[0-9]){12}/g;
const DOT = 0x2e;
const SPACE = 0x20;
const HYPHEN = 0x2d;

/** Digits without anything between them. */
interface DigitRun extends TextSpan {
  /** Part of a number with a decimal point. */
  isDecimal: boolean;
}

/**
 * Numbers of 13 to 19 digits, written together or with single spaces or dashes, that begin and end as an issuer's do: known
 * range, right length, check digit. Runs of digits are never cut: a card inside a longer number is none.
 *
 * 1. A regular expression finds where 13 digits stand; ordinary text costs only this. 2. From there runs of digits are read
 * in order. 3. Neighbouring runs of three digits or more are tried together (`4111 1111 1111 1111 123`), and so is a whole
 * row of equal runs (`4 1 1 1 ...`, of which the last may be shorter). No more than 19 digits are ever remembered, so that a
 * row of any length is read once.
 */
export class PaymentCardDetector implements TextDetector {
  readonly kind: MatchKind = 'payment-card';

  findMatches(text: string): readonly TextSpan[] {
    let row = findRow(text, 0);
    if (row < 0) return NO_MATCHES;
    const spans: TextSpan[] = [];
    while (row >= 0) row = findRow(text, readRow(text, row, spans));
    return spans;
  }
}

function findRow(text: string, from: number): number {
  CANDIDATE.lastIndex = from;
  return CANDIDATE.exec(text)?.index ?? -1;
}

/** Reads runs of digits that single spaces or dashes join; returns where the row ends. */
function readRow(text: string, start: number, spans: TextSpan[]): number {
  let recent: DigitRun[] = [];
  let isWholeRow = true;
  let position = start;
  for (;;) {
    const run = readRun(text, position);
    recent.push(run);
    addWindows(text, recent, spans);
    isWholeRow &&= countDigits(recent) <= MAX_DIGITS;
    recent = keepRecent(recent);
    position = run.end;
    if (!isSeparator(text.charCodeAt(position)) || !isDigit(text.charCodeAt(position + 1))) break;
    position++;
  }
  if (isWholeRow && isEven(recent)) addCard(text, recent, spans);
  return position;
}

function readRun(text: string, start: number): DigitRun {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  const hasPointBefore = text.charCodeAt(start - 1) === DOT && isDigit(text.charCodeAt(start - 2));
  const hasPointAfter = text.charCodeAt(end) === DOT && isDigit(text.charCodeAt(end + 1));
  return { start, end, isDecimal: hasPointBefore || hasPointAfter };
}

/** Tries the last run together with those before it. */
function addWindows(text: string, runs: readonly DigitRun[], spans: TextSpan[]): void {
  let digits = 0;
  for (let first = runs.length - 1; first >= 0; first--) {
    const run = runs[first] as DigitRun;
    const length = run.end - run.start;
    digits += length;
    if (length < MIN_GROUP_DIGITS || digits > MAX_DIGITS) return;
    if (digits >= MIN_DIGITS) addCard(text, runs.slice(first), spans);
  }
}

function addCard(text: string, runs: readonly DigitRun[], spans: TextSpan[]): void {
  const first = runs[0];
  const last = runs.at(-1);
  if (first === undefined || last === undefined || runs.some((run) => run.isDecimal)) return;
  const digits: number[] = [];
  for (let position = first.start; position < last.end; position++) {
    if (isDigit(text.charCodeAt(position))) digits.push(text.charCodeAt(position) - 0x30);
  }
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS) return;
  if (isIssued(digits) && passesLuhn(digits)) pushMerged(spans, first.start, last.end);
}

/** Rows of unlike numbers are data, and data has check digits by chance. */
function isEven(runs: readonly DigitRun[]): boolean {
  const first = runs[0];
  if (first === undefined) return false;
  const length = first.end - first.start;
  return runs.every((run, index) => {
    const own = run.end - run.start;
    return own === length || (own < length && index === runs.length - 1);
  });
}

function keepRecent(runs: readonly DigitRun[]): DigitRun[] {
  let digits = 0;
  let first = runs.length;
  while (first > 0) {
    const run = runs[first - 1] as DigitRun;
    digits += run.end - run.start;
    if (digits > MAX_DIGITS) break;
    first--;
  }
  return runs.slice(first);
}

function countDigits(runs: readonly DigitRun[]): number {
  return runs.reduce((sum, run) => sum + run.end - run.start, 0);
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isSeparator(unit: number): boolean {
  return unit === SPACE || unit === HYPHEN;
}
