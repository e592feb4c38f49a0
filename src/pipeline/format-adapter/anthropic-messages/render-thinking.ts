import type { NativeChatRequest, ReasoningEffort } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { alwaysThinks, findThinkingKind, takesXhighEffort } from './model-traits.js';

/** The API's own lower bound for a thinking budget, tokens. */
const MIN_BUDGET_TOKENS = 1_024;

/** About what each effort spends, tokens. */
const BUDGETS: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_000,
  max: 32_000,
};

export interface ThinkingMembers {
  /** The `thinking` member, or null to leave it out. */
  thinking: JsonObject | null;
  /** `output_config.effort`, or null. */
  effort: string | null;
  /** The client asked for reasoning that this model or this request cannot have. */
  isDropped: boolean;
}

const NOTHING: ThinkingMembers = { thinking: null, effort: null, isDropped: false };
const DROPPED: ThinkingMembers = { thinking: null, effort: null, isDropped: true };

/** How a request for reasoning is said to `model`. `maxTokens` is the `max_tokens` that will be sent. */
export function renderThinking(
  request: NativeChatRequest,
  model: string,
  maxTokens: number,
): ThinkingMembers {
  if (request.reasoning === null) return NOTHING;
  if (request.dialect === 'anthropic-messages') return renderOwn(request.reasoning);
  const effort = request.reasoning.effort ?? 'medium';
  if (effort === 'none') return renderDisabled(model);
  switch (findThinkingKind(model)) {
    case 'none':
      return DROPPED;
    case 'adaptive':
      return { thinking: { type: 'adaptive' }, effort: mapEffort(effort, model), isDropped: false };
    case 'budget':
      return renderBudget(request, BUDGETS[effort], maxTokens);
  }
}

/** In its own dialect it is said as it was. */
function renderOwn(reasoning: NonNullable<NativeChatRequest['reasoning']>): ThinkingMembers {
  const { effort, budgetTokens, enabled } = reasoning;
  if (effort === 'none') return { thinking: { type: 'disabled' }, effort: null, isDropped: false };
  const kind =
    budgetTokens === null ? { type: 'adaptive' } : { type: 'enabled', budget_tokens: budgetTokens };
  return { thinking: enabled ? kind : null, effort, isDropped: false };
}

function renderDisabled(model: string): ThinkingMembers {
  if (findThinkingKind(model) !== 'adaptive') return NOTHING;
  if (alwaysThinks(model)) return { thinking: null, effort: 'low', isDropped: false };
  return { thinking: { type: 'disabled' }, effort: null, isDropped: false };
}

/**
 * The budget counts towards `max_tokens` and must be smaller; half of it at most is left to thinking, so that an answer
 * fits. A forced tool call and thinking exclude each other.
 */
function renderBudget(request: NativeChatRequest, wantedTokens: number, maxTokens: number): ThinkingMembers {
  const choice = request.tools.length === 0 ? null : request.toolChoice;
  const isForced = choice?.type === 'required' || choice?.type === 'tool';
  if (isForced || maxTokens <= MIN_BUDGET_TOKENS) return DROPPED;
  const budgetTokens = Math.max(MIN_BUDGET_TOKENS, Math.min(wantedTokens, Math.floor(maxTokens / 2)));
  return { thinking: { type: 'enabled', budget_tokens: budgetTokens }, effort: null, isDropped: false };
}

/** `minimal` is OpenAI's alone; `xhigh` is not known to the first adaptive models. */
function mapEffort(effort: Exclude<ReasoningEffort, 'none'>, model: string): string {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && !takesXhighEffort(model) ? 'high' : effort;
}
