/** FNV-1a over UTF-16 code units: fast, and the same on every machine. Not for anything that must resist an attacker. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A 32-bit generator (mulberry32): four operations a number, its whole state is one integer. */
export class SeededRandom {
  constructor(private state: number) {}

  /** 0 <= value < 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Integer, 0 <= value < bound. */
  nextBelow(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Lower-case hexadecimal digits. */
  nextHex(length: number): string {
    let text = '';
    while (text.length < length) text += this.nextBelow(0x1000000).toString(16).padStart(6, '0');
    return text.slice(0, length);
  }
}
