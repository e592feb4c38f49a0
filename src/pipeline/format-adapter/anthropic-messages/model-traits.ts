/**
 * What Claude models refuse, by name, so that a request of another dialect is not turned into one that always fails.
 * A name that is not known counts as a recent model; dots in versions count as dashes. Source: Anthropic's model overview, its pages on extended and adaptive
 * thinking, effort and structured outputs, and the "what's new" page of each model.
 */

/** Claude 3.7 to 4.5 think with a budget in tokens; later models decide themselves, guided by an effort. */
const BUDGET_THINKING = /claude-(?:3-7|(?:opus|sonnet|haiku)-4(?:$|[-@](?:[015](?!\d)|20\d{6})))/;
/** Older models do not think. */
const NO_THINKING = /claude-(?:instant|v?2|3(?!-7))/;
/** The first that think adaptively. They think only when asked to. */
const FIRST_ADAPTIVE = /claude-(?:opus|sonnet|haiku)-4-6/;
/** Think only when asked to. */
const THINKS_ON_DEMAND = /claude-(?:opus|sonnet|haiku)-4-[678]/;
/** Refuse thinking together with a tool that must be called. */
const NO_FORCED_TOOL_WHILE_THINKING = /claude-(?:opus|sonnet|haiku)-4-[67]/;
/** Think unless told not to. Those after them always think. */
const CAN_STOP_THINKING = /claude-(?:(?:opus|sonnet)-5(?!-\d(?!\d))|haiku-5)/;
/** Always thinks, but can be told to do so only between tool calls. */
const THINKS_BETWEEN_TOOLS = 'claude-sonnet-5-5';
/** Do not enforce schemas. */
const NO_SCHEMAS = /claude-(?:instant|v?2|3|(?:opus|sonnet)-4(?:$|[-@](?:0(?!\d)|20\d{6})))/;

export type ThinkingKind = 'none' | 'budget' | 'adaptive';

export function findThinkingKind(model: string): ThinkingKind {
  const name = dashed(model);
  if (BUDGET_THINKING.test(name)) return 'budget';
  return NO_THINKING.test(name) ? 'none' : 'adaptive';
}

function dashed(model: string): string {
  return model.replaceAll('.', '-');
}

/** Since Opus 4.7: no temperature, top_p or top_k; the effort `xhigh`; thoughts are shown only on request. */
function isLatest(model: string): boolean {
  if (!model.includes('claude')) return false;
  return findThinkingKind(model) === 'adaptive' && !FIRST_ADAPTIVE.test(dashed(model));
}

export function refusesSampling(model: string): boolean {
  return isLatest(model);
}

export function takesXhighEffort(model: string): boolean {
  return isLatest(model);
}

export function hidesThoughts(model: string): boolean {
  return isLatest(model);
}

export function allowsForcedToolWhileThinking(model: string): boolean {
  return !NO_FORCED_TOOL_WHILE_THINKING.test(dashed(model));
}

export function enforcesSchemas(model: string): boolean {
  return !NO_SCHEMAS.test(dashed(model));
}

/** How a model that thinks adaptively is told not to. */
export type ThinkingSwitch = 'off-by-default' | 'disabled' | 'between_tools' | 'none';

export function findThinkingSwitch(model: string): ThinkingSwitch {
  const name = dashed(model);
  if (THINKS_ON_DEMAND.test(name)) return 'off-by-default';
  if (name.includes(THINKS_BETWEEN_TOOLS)) return 'between_tools';
  return CAN_STOP_THINKING.test(name) || !name.includes('claude') ? 'disabled' : 'none';
}
