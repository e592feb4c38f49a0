import type { NativeTool, NativeToolChoice } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { renderCacheMark } from '../cache-mark.js';
import { enforcesSchemas } from './model-traits.js';
import { restrictSchema } from './restrict-schema.js';

/** The client's tools in its own dialect, as it wrote them. */
export function renderOwnTools(tools: readonly NativeTool[]): JsonObject[] {
  return tools.map((tool) => renderTool(tool, tool.parameters, tool.strict));
}

/** Tools of another dialect; `strict` is named in `dropped` where the model does not know it. */
export function renderTools(tools: readonly NativeTool[], model: string, dropped: Set<string>): JsonObject[] {
  const isEnforced = enforcesSchemas(model);
  return tools.map((tool) => {
    if (tool.strict !== true) return renderTool(tool, declareObject(tool.parameters), null);
    if (isEnforced) return renderTool(tool, restrictSchema(declareObject(tool.parameters)), true);
    dropped.add('strict');
    return renderTool(tool, declareObject(tool.parameters), null);
  });
}

function renderTool(tool: NativeTool, schema: JsonObject, strict: boolean | null): JsonObject {
  return {
    name: tool.name,
    ...(tool.description === null ? {} : { description: tool.description }),
    input_schema: schema,
    ...(strict === null ? {} : { strict }),
    ...(tool.cacheMark === null ? {} : { cache_control: renderCacheMark(tool.cacheMark) }),
  };
}

/** The API insists on an object schema that says so; other dialects let it be implied. */
function declareObject(parameters: JsonObject): JsonObject {
  return parameters.type === undefined ? { type: 'object', ...parameters } : parameters;
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
