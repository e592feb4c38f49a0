const ASCII = 128;
const BACKSLASH = 0x5c;
const WORD_CHARACTER = /[\p{L}\p{M}\p{N}_]/u;
/** `\n`, `\r` and `\t` as they are written in JSON inside a string. */
const ESCAPE_LETTERS = new Set([0x6e, 0x72, 0x74]);

const isAsciiWord = Uint8Array.from({ length: ASCII }, (_, unit) =>
  WORD_CHARACTER.test(String.fromCharCode(unit)) ? 1 : 0,
);

/** Whether a word would be cut in two at this position, which is between a unit and the one before it. */
export function isInsideWord(text: string, position: number): boolean {
  return endsWithWord(text, position) && startsWithWord(text, position);
}

function startsWithWord(text: string, position: number): boolean {
  const unit = text.charCodeAt(position);
  if (unit < ASCII) return isAsciiWord[unit] === 1;
  return WORD_CHARACTER.test(String.fromCodePoint(text.codePointAt(position) ?? 0));
}

/**
 * Tool arguments are JSON written as text: there a line break is a backslash and a letter, and that letter belongs to no
 * word.
 */
function endsWithWord(text: string, position: number): boolean {
  const unit = text.charCodeAt(position - 1);
  if (unit >= ASCII) return WORD_CHARACTER.test(findCharacterBefore(text, position));
  if (isAsciiWord[unit] !== 1) return false;
  return !(ESCAPE_LETTERS.has(unit) && text.charCodeAt(position - 2) === BACKSLASH);
}

function findCharacterBefore(text: string, position: number): string {
  const isLowHalf = (text.charCodeAt(position - 1) & 0xfc00) === 0xdc00;
  return text.slice(Math.max(0, position - (isLowHalf ? 2 : 1)), position);
}
