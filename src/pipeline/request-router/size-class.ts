export type SizeClass = 'tiny' | 'small' | 'medium' | 'large' | 'huge';

/** Upper bounds in characters of input text, exclusive; about 4 characters make a token in English. */
const BOUNDS: readonly (readonly [SizeClass, number])[] = [
  ['tiny', 1_000],
  ['small', 8_000],
  ['medium', 64_000],
  ['large', 400_000],
];

/** Sizes a request by the characters of text a model has to read. */
export function classifySize(characters: number): SizeClass {
  for (const [sizeClass, bound] of BOUNDS) {
    if (characters < bound) return sizeClass;
  }
  return 'huge';
}
