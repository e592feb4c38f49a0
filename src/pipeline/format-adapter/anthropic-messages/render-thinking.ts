import type { NativeChatRequest, ReasoningEffort } from '../../../chat/native-request.js';
import { isJsonObject, type JsonObject } from '../../../common/json.js';
import {
  allowsForcedToolWhileThinking,
  findThinkingKind,
  findThinkingSwitch,
  hidesThoughts,
  takesXhighEffort,
} from './model-traits.js';

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

/** How another dialect's request for reasoning is said to `model`, in a body that has its messages and `max_tokens`. */
export function renderThinking(request: NativeChatRequest, model: string, body: JsonObject): ThinkingMembers {
  if (request.reasoning === null) return NOTHING;
  const effort = request.reasoning.effort ?? 'medium';
  const kind = findThinkingKind(model);
  if (effort === 'none') return kind === 'adaptive' ? renderSwitchedOff(model) : NOTHING;
  switch (kind) {
    case 'none':
      return DROPPED;
    case 'adaptive':
      return renderAdaptive(request, model, effort);
    case 'budget':
      return renderBudget(request, BUDGETS[effort], body);
  }
}

function renderSwitchedOff(model: string): ThinkingMembers {
  const type = findThinkingSwitch(model);
  switch (type) {
    case 'off-by-default':
      return NOTHING;
    case 'disabled':
    case 'between_tools':
      return { thinking: { type }, effort: null, isDropped: false };
    case 'none':
      return { thinking: null, effort: 'low', isDropped: false };
  }
}

/** Thoughts are asked for, because clients of other dialects show them and cannot ask themselves. */
function renderAdaptive(
  request: NativeChatRequest,
  model: string,
  wanted: Exclude<ReasoningEffort, 'none'>,
): ThinkingMembers {
  const effort = mapEffort(wanted, model);
  if (isToolForced(request) && !allowsForcedToolWhileThinking(model)) {
    return { thinking: null, effort, isDropped: false };
  }
  const display = hidesThoughts(model) ? { display: 'summarized' } : {};
  return { thinking: { type: 'adaptive', ...display }, effort, isDropped: false };
}

/**
 * The budget counts towards `max_tokens` and must be smaller; half of it at most is left to thinking, so that an answer
 * fits. A forced tool call and thinking exclude each other, and a call that was made after thinking can only be answered
 * together with the thoughts, which not all clients send back.
 */
function renderBudget(request: NativeChatRequest, wantedTokens: number, body: JsonObject): ThinkingMembers {
  const maxTokens = body.max_tokens as number;
  if (isToolForced(request) || maxTokens <= MIN_BUDGET_TOKENS || lacksThoughts(body)) return DROPPED;
  const budgetTokens = Math.max(MIN_BUDGET_TOKENS, Math.min(wantedTokens, Math.floor(maxTokens / 2)));
  return { thinking: { type: 'enabled', budget_tokens: budgetTokens }, effort: null, isDropped: false };
}

function isToolForced(request: NativeChatRequest): boolean {
  if (request.tools.length === 0) return false;
  return request.toolChoice?.type === 'required' || request.toolChoice?.type === 'tool';
}

/** The conversation ends with the results of tools that were called, as far as it tells, without a thought. */
function lacksThoughts(body: JsonObject): boolean {
  const messages = body.messages as JsonObject[];
  if (findFirstType(messages.at(-1)) !== 'tool_result') return false;
  const type = findFirstType(messages.at(-2));
  return type !== 'thinking' && type !== 'redacted_thinking';
}

function findFirstType(message: JsonObject | undefined): unknown {
  const first = Array.isArray(message?.content) ? message.content[0] : undefined;
  return isJsonObject(first) ? first.type : undefined;
}

/** `minimal` is OpenAI's alone; `xhigh` is not known to the first adaptive models. */
function mapEffort(effort: Exclude<ReasoningEffort, 'none'>, model: string): string {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && !takesXhighEffort(model) ? 'high' : effort;
}
