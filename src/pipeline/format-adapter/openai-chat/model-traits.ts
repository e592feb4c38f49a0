import type { ReasoningEffort } from '../../../chat/native-request.js';

/**
 * What is known of OpenAI's models by name, where a body that suits one family is refused by another. Names that are not
 * OpenAI's belong to compatible servers, which take the older spelling.
 * Source: OpenAI's API reference and model pages; what Chat Completions answers where those are silent.
 */
export interface ReasoningTraits {
  /** What `reasoning_effort` may be, from least to most. */
  efforts: readonly ReasoningEffort[];
  /** What the model does when none is named. */
  defaultEffort: ReasoningEffort;
  /** OpenAI's own Chat Completions refuses function tools together with any effort but `none`; routers do not. */
  excludesTools: boolean;
  refusesParallelSwitch: boolean;
}

/** Reasoning models answer 400 to `stop`; the API reference names o3 and o4-mini, the GPT-5 family does the same. */
export function refusesStop(model: string): boolean {
  return findReasoningTraits(model) !== null;
}

const O_SERIES = /(?:^|\/)o\d/;
/** Versions as `gpt-5`, `gpt-5.2`, after a router's prefix (`openai/`) or none; `gpt-35-turbo` is Azure's name for GPT-3.5. */
const GPT = /(?:^|\/)gpt-(?!35)(\d+)(?:\.(\d+))?/;
/** GPT-3.5, the GPT-4 family and the chat variants refuse `reasoning_effort`. */
const PLAIN_MODEL = /(?:^|\/)(?:gpt-3|gpt-4|gpt-5[^-]*-chat|chatgpt-|ft:gpt-[34])/;

const O_SERIES_TRAITS: ReasoningTraits = {
  efforts: ['low', 'medium', 'high'],
  defaultEffort: 'medium',
  excludesTools: false,
  refusesParallelSwitch: true,
};

/** Null for models that do not reason and for models that are not OpenAI's. */
export function findReasoningTraits(model: string): ReasoningTraits | null {
  if (O_SERIES.test(model)) return O_SERIES_TRAITS;
  const version = findGptVersion(model);
  if (version === null || version < 500 || PLAIN_MODEL.test(model)) return null;
  const traits = describeGpt(version);
  return isRouted(model) ? { ...traits, excludesTools: false } : traits;
}

function isRouted(model: string): boolean {
  return model.includes('/');
}

/** `gpt-5` is 500, `gpt-5.2` is 502; null for another name. */
function findGptVersion(model: string): number | null {
  const match = GPT.exec(model);
  return match === null ? null : Number(match[1]) * 100 + Number(match[2] ?? 0);
}

function describeGpt(version: number): ReasoningTraits {
  const common = { refusesParallelSwitch: false, excludesTools: version >= 504 };
  if (version === 500)
    return { ...common, efforts: ['minimal', 'low', 'medium', 'high'], defaultEffort: 'medium' };
  if (version === 501)
    return { ...common, efforts: ['none', 'low', 'medium', 'high'], defaultEffort: 'none' };
  const efforts: readonly ReasoningEffort[] = ['none', 'low', 'medium', 'high', 'xhigh'];
  return { ...common, efforts, defaultEffort: version <= 504 ? 'none' : 'medium' };
}

export function refusesReasoningEffort(model: string): boolean {
  return PLAIN_MODEL.test(model);
}

/** Reasoning models refuse the older `max_tokens`; compatible servers may know nothing else. */
export function nameMaxOutputTokens(model: string): 'max_completion_tokens' | 'max_tokens' {
  const isRecent = O_SERIES.test(model) || (findGptVersion(model) ?? 0) >= 500;
  return isRecent ? 'max_completion_tokens' : 'max_tokens';
}

/** GPT-5.6 and later take `prompt_cache_breakpoint` on content parts. */
export function takesCacheBreakpoints(model: string): boolean {
  return (findGptVersion(model) ?? 0) >= 506 && !isRouted(model);
}
