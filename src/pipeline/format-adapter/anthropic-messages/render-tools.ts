import type { NativeTool, NativeToolChoice } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { renderCacheMark } from '../cache-mark.js';

export function renderTools(tools: readonly NativeTool[]): JsonObject[] {
  return tools.map((tool) => ({
    name: tool.name,
    ...(tool.description === null ? {} : { description: tool.description }),
    // The API insists on an object schema that says so; other dialects let it be implied.
    input_schema:
      tool.parameters.type === undefined ? { type: 'object', ...tool.parameters } : tool.parameters,
    ...(tool.strict === null ? {} : { strict: tool.strict }),
    ...(tool.cacheMark === null ? {} : { cache_control: renderCacheMark(tool.cacheMark) }),
  }));
}

/** Null when the default says the same. */
export function renderToolChoice(
  choice: NativeToolChoice | null,
  parallelToolCalls: boolean | null,
): JsonObject | null {
  const parallel = parallelToolCalls === null ? {} : { disable_parallel_tool_use: !parallelToolCalls };
  if (choice === null) return parallelToolCalls === null ? null : { type: 'auto', ...parallel };
  switch (choice.type) {
    case 'none':
      return { type: 'none' };
    case 'auto':
      return { type: 'auto', ...parallel };
    case 'required':
      return { type: 'any', ...parallel };
    case 'tool':
      return { type: 'tool', name: choice.name, ...parallel };
  }
}
