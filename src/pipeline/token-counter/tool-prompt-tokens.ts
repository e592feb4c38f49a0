import type { NativeToolChoice } from '../../chat/native-request.js';

/**
 * Anthropic adds a system prompt to requests with tools. Tokens for tool choice auto or none, and for any or a named tool.
 * Source: Anthropic's page on tool use, table of tool use system prompt tokens, as published in summer 2026.
 */
const PROMPTS: readonly (readonly [RegExp, number, number])[] = [
  [/opus-4-8/, 290, 410],
  [/opus-4-7/, 675, 804],
  [/(?:opus|sonnet)-4-6/, 497, 589],
  [/-4-5/, 496, 588],
  [/(?:opus|sonnet)-4/, 313, 315],
  [/sonnet-5/, 354, 474],
  [/claude-3/, 346, 340],
];

/** For models whose figure is not published: about the middle of the known ones. */
const UNKNOWN_PROMPT = 500;

/** More than any of the above, also for the provider's own tools, whose descriptions the request does not show. */
export const MAX_TOOL_PROMPT_TOKENS = 1_000;

export function countToolPromptTokens(upstreamModel: string, toolChoice: NativeToolChoice | null): number {
  const row = PROMPTS.find(([pattern]) => pattern.test(upstreamModel));
  if (row === undefined) return UNKNOWN_PROMPT;
  return toolChoice?.type === 'required' || toolChoice?.type === 'tool' ? row[2] : row[1];
}
