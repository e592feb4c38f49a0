import type { NativeChatRequest, ReasoningEffort } from '../../../chat/native-request.js';
import { findReasoningTraits, type ReasoningTraits, refusesReasoningEffort } from './model-traits.js';

/** From least to most. */
const ORDER: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** What compatible servers agree on. */
const COMMON_EFFORTS: readonly ReasoningEffort[] = ['low', 'medium', 'high'];

export interface ReasoningMembers {
  /** `reasoning_effort`, or null to leave it out. */
  effort: ReasoningEffort | null;
  /** The client asked for reasoning that this model or this request cannot have. */
  isDropped: boolean;
  /** The model will reason, so that it takes no sampling parameters. */
  refusesSampling: boolean;
}

/** How a request of another dialect asks `model` for reasoning. */
export function renderReasoningEffort(request: NativeChatRequest, model: string): ReasoningMembers {
  const wanted = findWantedEffort(request.reasoning);
  const traits = findReasoningTraits(model);
  if (traits !== null) return renderForReasoningModel(wanted, traits, request.tools.length > 0);
  const asksForReasoning = wanted !== null && wanted !== 'none';
  const isRefused = refusesReasoningEffort(model);
  return {
    effort: asksForReasoning && !isRefused ? clampEffort(wanted, COMMON_EFFORTS) : null,
    isDropped: asksForReasoning && isRefused,
    refusesSampling: false,
  };
}

function renderForReasoningModel(
  wanted: ReasoningEffort | null,
  traits: ReasoningTraits,
  hasTools: boolean,
): ReasoningMembers {
  if (traits.excludesTools && hasTools) {
    const mustSay = wanted !== null || traits.defaultEffort !== 'none';
    const isDropped = wanted !== null && wanted !== 'none';
    return { effort: mustSay ? 'none' : null, isDropped, refusesSampling: false };
  }
  const effort = wanted === null ? null : clampEffort(wanted, traits.efforts);
  return { effort, isDropped: false, refusesSampling: (effort ?? traits.defaultEffort) !== 'none' };
}

/** The most that is not more than wanted; the least there is when all are more. */
function clampEffort(wanted: ReasoningEffort, efforts: readonly ReasoningEffort[]): ReasoningEffort {
  const limit = ORDER.indexOf(wanted);
  let chosen = efforts[0] ?? wanted;
  for (const effort of efforts) {
    if (ORDER.indexOf(effort) <= limit) chosen = effort;
  }
  return chosen;
}

/** Budgets in tokens as the effort that spends about as much. */
function findWantedEffort(reasoning: NativeChatRequest['reasoning']): ReasoningEffort | null {
  if (reasoning === null) return null;
  if (reasoning.effort !== null) return reasoning.effort;
  if (!reasoning.enabled) return null;
  if (reasoning.budgetTokens === null) return 'medium';
  if (reasoning.budgetTokens <= 4_096) return 'low';
  return reasoning.budgetTokens <= 16_384 ? 'medium' : 'high';
}
