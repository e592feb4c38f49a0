import type { FinishReason } from '../../../chat/native-response.js';
import type { JsonValue } from '../../../common/json.js';

export type OpenAiFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/**
 * OpenAI's `finish_reason`. A forced tool call ends with `stop` on the wire, and compatible servers have words of their
 * own; clients of other dialects run tools only when the reason says so, hence `hasToolCalls`.
 */
export function parseFinishReason(reason: JsonValue | undefined, hasToolCalls: boolean): FinishReason {
  switch (reason) {
    case 'stop':
      return hasToolCalls ? 'tool-calls' : 'stop';
    case 'length':
      return 'length';
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls';
    case 'content_filter':
      return 'content-filter';
    default:
      return hasToolCalls ? 'tool-calls' : 'unknown';
  }
}

export function renderFinishReason(reason: FinishReason): OpenAiFinishReason {
  switch (reason) {
    case 'length':
      return 'length';
    case 'tool-calls':
      return 'tool_calls';
    case 'content-filter':
    case 'refusal':
      return 'content_filter';
    case 'stop':
    case 'stop-sequence':
    case 'pause':
    case 'unknown':
      return 'stop';
  }
}
