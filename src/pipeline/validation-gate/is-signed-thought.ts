import type { JsonObject } from '../../common/json.js';

/** Anthropic's block, and the Chat dialect's element of `reasoning_details`. */
const THOUGHT_TYPES: ReadonlySet<unknown> = new Set(['thinking', 'reasoning.text']);

/**
 * Whether the provider signed the object's text. It takes such a thought back as it was or not at all: one that was edited
 * is refused ("Invalid signature in thinking block").
 */
export function isSignedThought({ type, signature }: JsonObject): boolean {
  return THOUGHT_TYPES.has(type) && typeof signature === 'string' && signature !== '';
}
