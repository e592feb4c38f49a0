import type { NativeTool, NativeToolChoice } from '../../../chat/native-request.js';
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
import { findChatCacheMark } from '../cache-mark.js';

/** The function tools. Other kinds are noted in `extras` under their path. */
export function parseTools(body: JsonObject, extras: Extras): NativeTool[] {
  const tools = findArray(body, 'tools', null);
  const natives: NativeTool[] = [];
  if (tools === null) return natives;
  const place = new BodyPlace(null, 'tools');
  for (let index = 0; index < tools.length; index += 1) {
    const tool = asObject(tools[index], place, index);
    const toolPlace = new BodyPlace(place, index);
    if (getString(tool, 'type', toolPlace) === 'function') natives.push(parseFunction(tool, toolPlace));
    else extras[new BodyPlace(toolPlace, 'type').toString()] = tool;
  }
  return natives;
}

function parseFunction(tool: JsonObject, place: BodyPlace): NativeTool {
  const definition = getObject(tool, 'function', place);
  const definitionPlace = new BodyPlace(place, 'function');
  return {
    name: getName(definition, 'name', definitionPlace),
    description: findString(definition, 'description', definitionPlace),
    parameters: findObject(definition, 'parameters', definitionPlace) ?? { type: 'object', properties: {} },
    strict: findBoolean(definition, 'strict', definitionPlace),
    cacheMark: findChatCacheMark(tool) ?? findChatCacheMark(definition),
  };
}

export function parseToolChoice(body: JsonObject, extras: Extras): NativeToolChoice | null {
  const choice = body.tool_choice;
  if (choice === undefined || choice === null) return null;
  if (typeof choice === 'string') return parseChoiceWord(choice, extras);
  const object = asObject(choice, null, 'tool_choice');
  const place = new BodyPlace(null, 'tool_choice');
  if (getString(object, 'type', place) !== 'function') {
    extras.tool_choice = object;
    return null;
  }
  const name = getName(getObject(object, 'function', place), 'name', new BodyPlace(place, 'function'));
  return { type: 'tool', name };
}

/** Compatible servers have words of their own, such as `any`; they are theirs to judge. */
function parseChoiceWord(choice: string, extras: Extras): NativeToolChoice | null {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  extras.tool_choice = choice;
  return null;
}
