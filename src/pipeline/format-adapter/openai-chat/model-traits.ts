/**
 * What is known of OpenAI's models by name, where a body that suits one family is refused by another. Names that are not
 * OpenAI's belong to compatible servers, which take the older spelling.
 * Source: OpenAI's API reference and model pages (reasoning models, deprecation of `max_tokens`).
 */

/** o-series, GPT-5 and later: refuse `max_tokens`, take `reasoning_effort`. */
const REASONING_MODEL = /^(?:openai\/)?(?:o\d|gpt-(?:[5-9]|\d\d))/;
/** GPT-3.5 and the GPT-4 family refuse `reasoning_effort`. */
const PLAIN_MODEL = /^(?:openai\/)?(?:gpt-3|gpt-4|chatgpt-4|ft:gpt-[34])/;

export function isReasoningModel(model: string): boolean {
  return REASONING_MODEL.test(model);
}

export function refusesReasoningEffort(model: string): boolean {
  return PLAIN_MODEL.test(model);
}
