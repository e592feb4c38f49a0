import type { TextSpan } from '../detector.port.js';

export const PRIVATE_KEY_ANCHOR = '-----BEGIN';
const HEADER = /-----BEGIN (?:[A-Z0-9]{1,32} ){0,4}PRIVATE KEY(?: BLOCK)?-----/y;
const FOOTER = /-----END (?:[A-Z0-9]{1,32} ){0,4}PRIVATE KEY(?: BLOCK)?-----/y;
const FOOTER_START = '-----END';
/** Base64 lines, with the line breaks between them, also as JSON inside a string writes them. */
const KEY_LINE = /(?:\s|\\[nrt]|["'+,]){0,64}[A-Za-z0-9+/=]{20,4096}/y;
const SHORT_LAST_LINE = /(?:\r?\n|(?:\\r)?\\n)[A-Za-z0-9+/=]{1,64}/y;
const KEY_TEXT = /[A-Za-z0-9+/=]{32}/;
/** Headers such as `Proc-Type: 4,ENCRYPTED` may come before the key itself, no more than this. */
const HEAD_LENGTH = 400;
/** The largest keys that anybody uses have 13,000. */
const MAX_KEY_LENGTH = 65_536;

/**
 * Finds PEM and OpenPGP private keys, to their last line; where that is missing, as far as lines look like a key. A header
 * without a key behind it is only being spoken of. One instance reads one text, from left to right.
 */
export class PrivateKeyFinder {
  private footer = -2;

  constructor(private readonly text: string) {}

  /** @param start where `-----BEGIN` stands; must not decrease from call to call. */
  findAt(start: number): TextSpan | null {
    HEADER.lastIndex = start;
    if (!HEADER.test(this.text)) return null;
    const bodyStart = HEADER.lastIndex;
    if (!KEY_TEXT.test(this.text.slice(bodyStart, bodyStart + HEAD_LENGTH))) return null;
    const end = this.findFooterEnd(bodyStart) ?? this.findLastLine(bodyStart);
    return end > bodyStart ? { start, end } : null;
  }

  private findFooterEnd(bodyStart: number): number | null {
    // Looked for once per footer, not once per header: thousands of headers stay linear.
    if (this.footer === -2 || (this.footer >= 0 && this.footer < bodyStart)) {
      this.footer = this.text.indexOf(FOOTER_START, bodyStart);
    }
    if (this.footer < 0 || this.footer - bodyStart > MAX_KEY_LENGTH) return null;
    FOOTER.lastIndex = this.footer;
    return FOOTER.test(this.text) ? FOOTER.lastIndex : null;
  }

  private findLastLine(bodyStart: number): number {
    let end = bodyStart;
    for (let next = this.readAt(KEY_LINE, end); next > end; next = this.readAt(KEY_LINE, end)) end = next;
    return this.readAt(SHORT_LAST_LINE, end);
  }

  /** The position after what the pattern reads here; the same position when it reads nothing. */
  private readAt(pattern: RegExp, position: number): number {
    pattern.lastIndex = position;
    return pattern.test(this.text) ? pattern.lastIndex : position;
  }
}
