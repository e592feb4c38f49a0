import type { NativeChatRequest, NativePart } from '../../chat/native-request.js';
import type { JsonValue } from '../../common/json.js';

/**
 * Members without a native place that change what an answer says, not what it is made of. What is not listed may bring
 * members that the native format does not carry (`logprobs`, `audio`, `annotations`, `function_call`, ...).
 */
const SHAPING_MEMBERS: ReadonlySet<string> = new Set([
  'cache_control',
  'frequency_penalty',
  'logit_bias',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'seed',
  'service_tier',
  'store',
  'verbosity',
]);

/**
 * Whether an answer to the request may hold what is lost when a stream is told from a whole answer or the other way round,
 * which goes through the native format: its first choice, text, refusal, reasoning, calls of function tools, usage.
 * True where that is not known.
 */
export function dependsOnForm({ choices, extras, messages }: NativeChatRequest): boolean {
  if (choices > 1) return true;
  for (const name of Object.keys(extras)) {
    if (!SHAPING_MEMBERS.has(name) && !asksForNothing(extras[name])) return true;
  }
  return messages.some(({ parts }) => parts.some(asksForCitations));
}

function asksForNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === false;
}

/** Citations stand beside the text of an answer. */
function asksForCitations(part: NativePart): boolean {
  if (part.type === 'document') return part.citations;
  return part.type === 'tool-result' && part.content.some(asksForCitations);
}
