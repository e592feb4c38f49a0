// Loaded by the counting thread as it is, also from source: this file imports nothing and uses only erasable syntax.

interface SplitLimits {
  /** Longest stretch without a sure boundary; longer ones are cut. */
  maxRun: number;
  /** A segment longer than this ends at its next sure boundary. */
  maxSegment: number;
}

const DEFAULT_LIMITS: SplitLimits = { maxRun: 256, maxSegment: 16_384 };

const UNSURE = 0;
const LETTER = 1;
const DIGIT = 2;
const SPACE = 3;
const BREAK = 4;
const APOSTROPHE = 5;
const PUNCTUATION = 6;
const UNKNOWN = 255;

/** Class of each UTF-16 unit, found when it is first met. Halves of surrogate pairs stay unsure. */
const classes = new Uint8Array(65_536).fill(UNKNOWN);

/**
 * Cuts a text so that the tokens of its segments add up to the tokens of the text, and no segment takes long.
 *
 * tiktoken's merge is quadratic in the length of a pre-token (0.6 s for 32,000 times the letter a), so that a few hundred
 * kilobytes of one letter would occupy a processor for minutes. Pre-tokens end surely between a word and what follows it, and
 * before a space; only where no such place comes within `maxRun` units is a pre-token cut in two, which changes its count by
 * a token or so. Everyday text is cut nowhere else than at sure boundaries.
 */
export function splitText(text: string, limits: SplitLimits = DEFAULT_LIMITS): string[] {
  if (text.length <= limits.maxRun) return [text];
  const segments: string[] = [];
  let start = 0;
  let boundary = 0;
  let previous = classify(text.charCodeAt(0));
  for (let index = 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const current = classify(code);
    const isSure = isSureBoundary(previous, current);
    if (isSure) boundary = index;
    if (isSure ? index - start >= limits.maxSegment : index - boundary >= limits.maxRun && !isLowHalf(code)) {
      segments.push(text.slice(start, index));
      start = index;
      boundary = index;
    }
    previous = current;
  }
  segments.push(text.slice(start));
  return segments;
}

/**
 * Holds for the patterns of o200k_base and cl100k_base: a pre-token has a space only at its front, never a letter or number
 * before anything but its own kind, except for contractions ('s, 'll), which is why an apostrophe is no boundary.
 */
function isSureBoundary(previous: number, current: number): boolean {
  if (previous === LETTER || previous === DIGIT) {
    return current !== previous && current !== APOSTROPHE && current !== UNSURE;
  }
  return current === SPACE && (previous === PUNCTUATION || previous === APOSTROPHE);
}

function isLowHalf(code: number): boolean {
  return (code & 0xfc00) === 0xdc00;
}

function classify(code: number): number {
  const known = classes[code] ?? UNSURE;
  if (known !== UNKNOWN) return known;
  const found = findClass(String.fromCharCode(code));
  classes[code] = found;
  return found;
}

function findClass(character: string): number {
  if (character === ' ') return SPACE;
  if (character === "'") return APOSTROPHE;
  if (/[\t\n\v\f\r]/.test(character)) return BREAK;
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return DIGIT;
  return /[\p{P}\p{S}]/u.test(character) ? PUNCTUATION : UNSURE;
}
