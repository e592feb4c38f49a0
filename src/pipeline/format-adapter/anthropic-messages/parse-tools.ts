import type { NativeChatRequest, NativeTool, NativeToolChoice } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import type { Extras } from '../body-extras.js';
import {
  asObject,
  BodyPlace,
  findArray,
  findBoolean,
  findObject,
  findString,
  getName,
  getObject,
  getString,
} from '../body-reader.js';
import { findCacheMark } from '../cache-mark.js';

/** The client's own tools. The provider's tools (search, code execution, ...) are noted in `extras` under their path. */
export function parseTools(body: JsonObject, extras: Extras): NativeTool[] {
  const tools = findArray(body, 'tools', null);
  const natives: NativeTool[] = [];
  if (tools === null) return natives;
  const place = new BodyPlace(null, 'tools');
  for (let index = 0; index < tools.length; index += 1) {
    const tool = asObject(tools[index], place, index);
    const toolPlace = new BodyPlace(place, index);
    const type = findString(tool, 'type', toolPlace) ?? 'custom';
    if (type === 'custom') natives.push(parseTool(tool, toolPlace));
    else extras[new BodyPlace(toolPlace, 'type').toString()] = tool;
  }
  return natives;
}

function parseTool(tool: JsonObject, place: BodyPlace): NativeTool {
  return {
    name: getName(tool, 'name', place),
    description: findString(tool, 'description', place),
    parameters: getObject(tool, 'input_schema', place),
    strict: findBoolean(tool, 'strict', place),
    cacheMark: findCacheMark(tool, place),
  };
}

export function parseToolChoice(
  body: JsonObject,
  extras: Extras,
): Pick<NativeChatRequest, 'toolChoice' | 'parallelToolCalls'> {
  const choice = findObject(body, 'tool_choice', null);
  if (choice === null) return { toolChoice: null, parallelToolCalls: null };
  const place = new BodyPlace(null, 'tool_choice');
  const isDisabled = findBoolean(choice, 'disable_parallel_tool_use', place);
  return {
    toolChoice: parseChoice(choice, place, extras),
    parallelToolCalls: isDisabled === null ? null : !isDisabled,
  };
}

function parseChoice(choice: JsonObject, place: BodyPlace, extras: Extras): NativeToolChoice | null {
  const type = getString(choice, 'type', place);
  switch (type) {
    case 'auto':
    case 'none':
      return { type };
    case 'any':
      return { type: 'required' };
    case 'tool':
      return { type: 'tool', name: getName(choice, 'name', place) };
    default:
      extras.tool_choice = choice;
      return null;
  }
}
