import type { NativeChatRequest, NativeTool, NativeToolChoice } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { renderCacheMark } from '../cache-mark.js';
import { isStrictSchema } from './is-strict-schema.js';

/** Another dialect's cache marks, and the promise to keep to a schema that OpenAI cannot enforce, are named in `dropped`. */
export function renderTools(request: NativeChatRequest, dropped: Set<string>): JsonObject[] {
  const isOwnDialect = request.dialect === 'openai-chat';
  return request.tools.map((tool) => {
    const strict = isOwnDialect ? tool.strict : findStrict(tool, dropped);
    if (tool.cacheMark !== null && !isOwnDialect) dropped.add('cache_control');
    return {
      type: 'function',
      function: {
        name: tool.name,
        ...(tool.description === null ? {} : { description: tool.description }),
        parameters: tool.parameters,
        ...(strict === null ? {} : { strict }),
      },
      ...(tool.cacheMark === null || !isOwnDialect ? {} : { cache_control: renderCacheMark(tool.cacheMark) }),
    };
  });
}

function findStrict(tool: NativeTool, dropped: Set<string>): boolean | null {
  if (tool.strict !== true || isStrictSchema(tool.parameters)) return tool.strict;
  dropped.add('strict');
  return null;
}

export function renderToolChoice(choice: NativeToolChoice): string | JsonObject {
  return choice.type === 'tool' ? { type: 'function', function: { name: choice.name } } : choice.type;
}
