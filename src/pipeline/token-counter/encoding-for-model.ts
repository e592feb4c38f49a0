import type { EncodingName } from './text-counter.port.js';

/** What may stand before a model's own name: a router's vendor prefix, the mark of a fine-tuned model. */
const BEFORE_NAME = /^(?:openai\/)?(?:ft:)?/;

/** Prefixes as in tiktoken's own table of models. The tokenizer of GPT-6 is not published. */
const CL100K = /^gpt-(?:3\.5|35|4(?:$|[-:]))/;
const O200K = /^(?:gpt-4o|chatgpt-4o|gpt-4\.[15]|gpt-5|gpt-oss|o[134](?:$|[-:]))/;

/** The encoding that a model is known to use, or null. */
export function findEncoding(upstreamModel: string): EncodingName | null {
  const name = upstreamModel.replace(BEFORE_NAME, '');
  if (O200K.test(name)) return 'o200k_base';
  return CL100K.test(name) ? 'cl100k_base' : null;
}
