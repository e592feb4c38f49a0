import { type MatchKind, NO_MATCHES, type TextDetector, type TextSpan } from '../detector.port.js';
import { pushMerged } from './merge-spans.js';

const DOT = 0x2e;
const HYPHEN = 0x2d;
const ASCII = 128;
const LOCAL_UNIT = /[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]/;
/** Quotes, brackets and the like before an address belong to the text around it. */
const LOCAL_START = /[A-Za-z0-9_]/;
const DOMAIN_UNIT = /[A-Za-z0-9-]/;
const LETTER = /[A-Za-z]/;
/** Latin, Greek and Cyrillic letters; scripts that are written without spaces would run into the address. */
const FOREIGN_LETTERS = { first: 0xc0, last: 0x52f };
/** The end of a file's name such as `icon@2x.png`; none of these extensions is a top level. */
const PIXEL_RATIO = /^@[1-9]x\.(?:avif|bmp|gif|heic|ico|jpe?g|png|svg|tiff?|webp)$/i;
const PIXEL_RATIO_LENGTH = '@2x.avif'.length;

const isLocalUnit = createUnitTest(LOCAL_UNIT);
const isLocalStart = createUnitTest(LOCAL_START);
const isDomainUnit = createUnitTest(DOMAIN_UNIT);
const isLetter = createUnitTest(LETTER);

/**
 * Addresses as people write them: a local part without quotes or spaces, and a domain with a top level of two letters or
 * more. Each `@` is looked at from the middle outwards and no further than the next one, so that every unit is read at most
 * twice.
 */
export class EmailDetector implements TextDetector {
  readonly kind: MatchKind = 'email';

  findMatches(text: string): readonly TextSpan[] {
    let at = text.indexOf('@');
    if (at < 0) return NO_MATCHES;
    const spans: TextSpan[] = [];
    for (; at >= 0; at = text.indexOf('@', at + 1)) {
      const start = findLocalStart(text, at);
      const end = start === at ? at : findDomainEnd(text, at + 1);
      if (end > at && !isPixelRatio(text, at, end)) pushMerged(spans, start, end);
    }
    return spans;
  }
}

function isPixelRatio(text: string, start: number, end: number): boolean {
  return end - start <= PIXEL_RATIO_LENGTH && PIXEL_RATIO.test(text.slice(start, end));
}

/** Where the local part begins; the position itself when there is none. */
function findLocalStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && isLocalUnit(text.charCodeAt(start - 1))) start--;
  while (start < at && !isLocalStart(text.charCodeAt(start))) start++;
  return start;
}

/** Where the longest domain ends that begins here; -1 when none does. */
function findDomainEnd(text: string, start: number): number {
  let end = -1;
  let labelStart = start;
  let position = start;
  for (;;) {
    while (isDomainUnit(text.charCodeAt(position))) position++;
    if (position === labelStart) return end;
    if (labelStart > start) end = Math.max(end, findTopLevelEnd(text, labelStart, position));
    if (text.charCodeAt(position) !== DOT) return end;
    position++;
    labelStart = position;
  }
}

/** The end of a label that could be a top level, without a hyphen that follows it in running text; else -1. */
function findTopLevelEnd(text: string, start: number, end: number): number {
  if (text.startsWith('xn--', start)) return end;
  let position = start;
  while (position < end && isLetter(text.charCodeAt(position))) position++;
  const isWhole = position === end || text.charCodeAt(position) === HYPHEN;
  return isWhole && position - start >= 2 ? position : -1;
}

function createUnitTest(ascii: RegExp): (unit: number) => boolean {
  const table = Uint8Array.from({ length: ASCII }, (_, unit) =>
    ascii.test(String.fromCharCode(unit)) ? 1 : 0,
  );
  return (unit) =>
    unit < ASCII
      ? table[unit] === 1
      : unit >= FOREIGN_LETTERS.first && unit <= FOREIGN_LETTERS.last && unit !== 0xd7 && unit !== 0xf7;
}
