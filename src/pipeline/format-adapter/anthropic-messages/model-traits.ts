/**
 * What Claude models refuse, by name, so that a request of another dialect is not turned into one that always fails.
 * A name that is not known counts as a recent model. Source: Anthropic's model overview and its pages on extended and
 * adaptive thinking.
 */

/** Claude 3.7 to 4.5 think with a budget in tokens; later models decide themselves, guided by an effort. */
const BUDGET_THINKING = /claude-(?:3-7|(?:opus|sonnet|haiku)-4(?:$|[-@](?:[015](?!\d)|20\d{6})))/;
/** Older models do not think. */
const NO_THINKING = /claude-(?:instant|v?2|3(?!-7))/;
/** Opus 4.7, the fifth generation and later: refuse temperature, top_p and top_k, take the effort `xhigh`. */
const LATEST = /claude-(?:opus-4-[78]|(?:opus|sonnet|haiku|fable|mythos)-[5-9])/;
/** Models that always think refuse to have it switched off. */
const ALWAYS_THINKING = /claude-(?:(?:opus|sonnet)-5-5|fable-)/;

export type ThinkingKind = 'none' | 'budget' | 'adaptive';

export function findThinkingKind(model: string): ThinkingKind {
  if (BUDGET_THINKING.test(model)) return 'budget';
  return NO_THINKING.test(model) ? 'none' : 'adaptive';
}

export function refusesSampling(model: string): boolean {
  return LATEST.test(model);
}

export function takesXhighEffort(model: string): boolean {
  return LATEST.test(model);
}

export function alwaysThinks(model: string): boolean {
  return ALWAYS_THINKING.test(model);
}
