const ESCAPE = '\\\\u([0-9A-Fa-f]{4})';
const ZERO_WIDTH = '(?:[\\u00ad\\u200b-\\u200f\\u2060-\\u2064\\ufeff]|[\\ufe00-\\ufe0f]|\\u034f)';
/** Between digits only: elsewhere they are good typography, and folding would change no verdict. */
const SPACE_IN_NUMBER = '(?<=[0-9])[\\u00a0\\u2000-\\u200a\\u202f](?=[0-9])';
const DASH_IN_NUMBER = '(?<=[0-9])[\\u2010-\\u2015\\u2212](?=[0-9])';
const FULL_WIDTH = '[\\uff01-\\uff5e]';
/** Tags (U+E0020 to U+E007E) are invisible, and models read them as the ASCII they stand for. */
const TAG = '\\udb40([\\udc20-\\udc7e])';

/** One look decides that most texts hide nothing. */
const HIDING = new RegExp([ESCAPE, ZERO_WIDTH, SPACE_IN_NUMBER, DASH_IN_NUMBER, FULL_WIDTH, TAG].join('|'));
const PIECE = new RegExp(
  `${ESCAPE}|(${ZERO_WIDTH}{1,1000})|(${SPACE_IN_NUMBER})|(${DASH_IN_NUMBER})|(${FULL_WIDTH})|${TAG}`,
  'g',
);

const FULL_WIDTH_OFFSET = 0xfee0;
const TAG_OFFSET = 0xdc00;

/**
 * A text as its reader takes it, where that differs from how it is written: escapes of JSON inside JSON (`\u0040`) decoded,
 * zero-width characters left out, uncommon spaces and dashes between digits as plain ones, full-width and tag characters as
 * the ASCII they stand for. Null for texts without any of these, which are nearly all.
 *
 * This is not NFKC: letters and digits of other scripts that look alike, base64 and the like stay what they are.
 */
export function foldText(text: string): FoldedText | null {
  return HIDING.test(text) ? new FoldedText(text) : null;
}

export class FoldedText {
  readonly text: string;
  /** Behind each piece that was replaced: the place in the folded and in the original text. Between pieces both run alike. */
  private readonly foldedAt: number[] = [0];
  private readonly originalAt: number[] = [0];

  constructor(original: string) {
    const pieces: string[] = [];
    let length = 0;
    let copied = 0;
    for (const match of original.matchAll(PIECE)) {
      const replacement = foldPiece(match);
      pieces.push(original.slice(copied, match.index), replacement);
      length += match.index - copied + replacement.length;
      copied = match.index + match[0].length;
      this.foldedAt.push(length);
      this.originalAt.push(copied);
    }
    pieces.push(original.slice(copied));
    this.text = pieces.join('');
  }

  /** Where a position of the folded text is in the original: before the whole piece, or behind it. */
  locate(position: number): number {
    let low = 0;
    let high = this.foldedAt.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.foldedAt[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    return (this.originalAt[low] ?? 0) + position - (this.foldedAt[low] ?? 0);
  }
}

function foldPiece([piece, escape, zeroWidth, space, dash, fullWidth, tag]: RegExpExecArray): string {
  if (escape !== undefined) return String.fromCharCode(Number.parseInt(escape, 16));
  if (zeroWidth !== undefined) return '';
  if (space !== undefined) return ' ';
  if (dash !== undefined) return '-';
  if (fullWidth !== undefined) return String.fromCharCode(fullWidth.charCodeAt(0) - FULL_WIDTH_OFFSET);
  if (tag !== undefined) return String.fromCharCode(tag.charCodeAt(0) - TAG_OFFSET);
  return piece;
}
