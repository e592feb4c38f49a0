import { createHash } from 'node:crypto';

const WORDS =
  'amber birch cedar delta ember fjord grove heath inlet juniper kelp lichen moss north oak pine reed'.split(
    ' ',
  );

export const DEFAULT_TOKENS = 24;

/** The same words for the same prompt. */
export function buildText(prompt: string, tokens: number): string {
  const digest = createHash('sha256').update(prompt).digest();
  const words: string[] = [];
  for (let index = 0; index < tokens; index += 1) {
    words.push(WORDS[((digest[index % 32] ?? 0) + index * 7) % WORDS.length] ?? 'oak');
  }
  return words.join(' ');
}

/** Words with the space before them, which is roughly how providers cut their streams. */
export function splitText(text: string): string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}

export function splitEvery(text: string, length: number): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; start += length) parts.push(text.slice(start, start + length));
  return parts;
}

/** Good enough to be stable: four bytes a token. */
export function estimateTokens(value: unknown): number {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
  return Math.ceil(Buffer.byteLength(text) / 4);
}

export function buildId(prefix: string, seed: string): string {
  return prefix + createHash('sha256').update(seed).digest('hex').slice(0, 24);
}
