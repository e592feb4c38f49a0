import { SHOWN_KEY_LENGTH } from '../../src/tenancy/key-format.ts';

const PIECE_LENGTH = 10;

/** Pieces of the secrets, beyond the prefix that lists show, which the text holds; ten characters are no coincidence. */
export function findLeaks(text: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const hidden = /^tp[ak]_/.test(secret) ? secret.slice(SHOWN_KEY_LENGTH) : secret;
    const starts = Array.from({ length: Math.max(1, hidden.length - PIECE_LENGTH + 1) }, (_, start) => start);
    return starts
      .map((start) => hidden.slice(start, start + PIECE_LENGTH))
      .filter((piece) => text.includes(piece));
  });
}
