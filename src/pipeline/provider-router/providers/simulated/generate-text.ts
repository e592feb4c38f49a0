import type { SeededRandom } from './seeded-random.js';

const WORDS = (
  'the a this each every request answer model token stream provider gateway budget limit policy cache key route trace ' +
  'cost usage latency first next last small large steady careful exact open closed ready takes gives keeps holds counts ' +
  'checks sends reads writes follows returns with without before after between under over and or but so then while when'
).split(' ');

const QUOTE_LENGTH = 60;

/**
 * Text of exactly `tokens` tokens, one word each, as a stream of pieces: nothing is held but the generator's state, so a long
 * answer costs no more memory than a short one. It begins by naming the prompt, so that a person sees which answer is whose.
 */
export function* generateText(random: SeededRandom, prompt: string, tokens: number): Generator<string, void> {
  let left = tokens;
  for (const word of buildOpening(prompt)) {
    if (left === 0) return;
    yield left === tokens ? word : ` ${word}`;
    left -= 1;
  }
  let wordInSentence = 0;
  while (left > 0) {
    yield ` ${buildWord(random, wordInSentence, left)}`;
    wordInSentence = (wordInSentence + 1) % 11;
    left -= 1;
  }
}

/** Cuts ready text into pieces of about one token, never inside a surrogate pair. */
export function* splitIntoPieces(text: string): Generator<string, void> {
  let start = 0;
  while (start < text.length) {
    let end = Math.min(text.length, start + 4);
    if (end < text.length && (text.charCodeAt(end) & 0xfc00) === 0xdc00) end += 1;
    yield text.slice(start, end);
    start = end;
  }
}

function buildOpening(prompt: string): string[] {
  const words = prompt
    .slice(0, QUOTE_LENGTH * 2)
    .toWellFormed()
    .replace(/\s+/gu, ' ')
    .trim();
  const quote = words.length > QUOTE_LENGTH ? `${words.slice(0, QUOTE_LENGTH).toWellFormed()}...` : words;
  return `Simulated answer to "${quote}":`.split(' ');
}

function buildWord(random: SeededRandom, wordInSentence: number, left: number): string {
  const word = WORDS[random.nextBelow(WORDS.length)] ?? 'the';
  const cased = wordInSentence === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  return wordInSentence === 10 || left === 1 ? `${cased}.` : cased;
}
