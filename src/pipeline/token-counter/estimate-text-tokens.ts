import type { TokenProfile } from './token-profile.js';

/** English prose has 4 to 5 bytes to a token of o200k_base, code 3 to 4, Chinese about 4 (0.75 tokens a character). */
const BYTES_PER_TOKEN = 4;

/** Tokens of a text of so many UTF-8 bytes, without looking at it. */
export function estimateTokensOfBytes(bytes: number, profile: Pick<TokenProfile, 'percent'>): number {
  return Math.ceil((bytes * profile.percent) / (BYTES_PER_TOKEN * 100));
}

/** The model's tokens where the encoding has `tokens`. No byte-level tokenizer makes more tokens than there are bytes. */
export function scaleTokens(tokens: number, bytes: number, profile: Pick<TokenProfile, 'percent'>): number {
  if (profile.percent === 100) return tokens;
  return Math.min(bytes, Math.ceil((tokens * profile.percent) / 100));
}
