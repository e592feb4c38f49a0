import type { NativeChatRequest, NativeToolChoice } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { renderCacheMark } from '../cache-mark.js';

export function renderTools(request: NativeChatRequest): JsonObject[] {
  const keepsMarks = request.dialect === 'openai-chat';
  return request.tools.map((tool) => ({
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description === null ? {} : { description: tool.description }),
      parameters: tool.parameters,
      ...(tool.strict === null ? {} : { strict: tool.strict }),
    },
    ...(tool.cacheMark === null || !keepsMarks ? {} : { cache_control: renderCacheMark(tool.cacheMark) }),
  }));
}

export function renderToolChoice(choice: NativeToolChoice): string | JsonObject {
  return choice.type === 'tool' ? { type: 'function', function: { name: choice.name } } : choice.type;
}
