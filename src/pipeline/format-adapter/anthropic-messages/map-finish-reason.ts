import type { FinishReason } from '../../../chat/native-response.js';
import type { JsonValue } from '../../../common/json.js';

export type AnthropicStopReason =
  'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'pause_turn' | 'refusal';

/** Anthropic's `stop_reason`. A full context window ends an answer as its maximum length does. */
export function parseFinishReason(reason: JsonValue | undefined): FinishReason {
  switch (reason) {
    case 'end_turn':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'stop_sequence':
      return 'stop-sequence';
    case 'tool_use':
      return 'tool-calls';
    case 'pause_turn':
      return 'pause';
    case 'refusal':
      return 'refusal';
    default:
      return 'unknown';
  }
}

/** `hasRefusal`: the answer contains a refusal in words, which other dialects end with a plain stop. */
export function renderFinishReason(reason: FinishReason, hasRefusal: boolean): AnthropicStopReason {
  switch (reason) {
    case 'stop':
    case 'unknown':
      return hasRefusal ? 'refusal' : 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'tool-calls':
      return 'tool_use';
    case 'content-filter':
    case 'refusal':
      return 'refusal';
    case 'stop-sequence':
      return 'stop_sequence';
    case 'pause':
      return 'pause_turn';
  }
}
