// Loaded by the counting thread as it is, also from source: imports only packages and types, and uses only erasable syntax.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Tiktoken } from 'tiktoken/lite';
import type { EncodingName } from './text-counter.port.js';

interface EncodingFile {
  bpe_ranks: string;
  special_tokens: Record<string, number>;
  pat_str: string;
}

const require = createRequire(import.meta.url);
const encoders = new Map<EncodingName, Tiktoken>();

/** Tokens of a text. Special tokens written in it are ordinary text. The encoder is built at first use (0.15 s, 80 MB). */
export function countTokens(encoding: EncodingName, text: string): number {
  return getEncoder(encoding).encode_ordinary(text).length;
}

function getEncoder(encoding: EncodingName): Tiktoken {
  let encoder = encoders.get(encoding);
  if (encoder === undefined) {
    const path = require.resolve(`tiktoken/encoders/${encoding}.json`);
    const file = JSON.parse(readFileSync(path, 'utf8')) as EncodingFile;
    encoder = new Tiktoken(file.bpe_ranks, file.special_tokens, file.pat_str);
    encoders.set(encoding, encoder);
  }
  return encoder;
}
