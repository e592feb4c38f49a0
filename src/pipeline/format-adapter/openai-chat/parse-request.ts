import type {
  NativeChatRequest,
  NativeResponseFormat,
  ReasoningEffort,
} from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { collectExtras, type Extras } from '../body-extras.js';
import {
  asString,
  BodyPlace,
  findBoolean,
  findInteger,
  findNumber,
  findObject,
  findString,
  findStringArray,
  getName,
  getObject,
  getString,
} from '../body-reader.js';
import { parseMessages } from './parse-messages.js';
import { parseToolChoice, parseTools } from './parse-tools.js';

/** Members with a native place. `max_tokens` is the older name of `max_completion_tokens`, which wins. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'reasoning_effort',
  'stream',
  'stream_options',
  'user',
  'metadata',
  'n',
]);

/** A Chat Completions body. @throws GatewayError('invalid_request') naming the first field that is wrong. */
export function parseRequest(body: JsonObject): NativeChatRequest {
  const extras = collectExtras(body, KNOWN_MEMBERS);
  const stream = findBoolean(body, 'stream', null) ?? false;
  return {
    dialect: 'openai-chat',
    model: getName(body, 'model', null),
    messages: parseMessages(body, extras),
    tools: parseTools(body, extras),
    toolChoice: parseToolChoice(body, extras),
    parallelToolCalls: findBoolean(body, 'parallel_tool_calls', null),
    responseFormat: parseResponseFormat(body, extras),
    maxOutputTokens:
      findInteger(body, 'max_completion_tokens', 1, null) ?? findInteger(body, 'max_tokens', 1, null),
    temperature: findNumber(body, 'temperature', null),
    topP: findNumber(body, 'top_p', null),
    topK: null,
    stopSequences: parseStop(body),
    reasoning: parseReasoning(body),
    stream,
    streamIncludesUsage: parseIncludeUsage(body),
    user: findString(body, 'user', null),
    metadata: parseMetadata(body),
    choices: findInteger(body, 'n', 1, null) ?? 1,
    extras,
    raw: body,
  };
}

function parseStop(body: JsonObject): string[] {
  const { stop } = body;
  if (stop === undefined || stop === null) return [];
  return typeof stop === 'string' ? [stop] : (findStringArray(body, 'stop', null) ?? []);
}

const EFFORTS: ReadonlySet<string> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

/** An effort that is not known yet counts as none given; the same dialect forwards it as it is. */
function parseReasoning(body: JsonObject): NativeChatRequest['reasoning'] {
  const effort = findString(body, 'reasoning_effort', null);
  if (effort === null || !EFFORTS.has(effort)) return null;
  return { effort: effort as ReasoningEffort, budgetTokens: null, enabled: effort !== 'none' };
}

function parseIncludeUsage(body: JsonObject): boolean {
  const options = findObject(body, 'stream_options', null);
  if (options === null) return false;
  return findBoolean(options, 'include_usage', new BodyPlace(null, 'stream_options')) ?? false;
}

function parseMetadata(body: JsonObject): Record<string, string> | null {
  const metadata = findObject(body, 'metadata', null);
  if (metadata === null) return null;
  const place = new BodyPlace(null, 'metadata');
  for (const name of Object.keys(metadata)) asString(metadata[name], place, name);
  return metadata as Record<string, string>;
}

function parseResponseFormat(body: JsonObject, extras: Extras): NativeResponseFormat | null {
  const format = findObject(body, 'response_format', null);
  if (format === null) return null;
  const place = new BodyPlace(null, 'response_format');
  switch (getString(format, 'type', place)) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema':
      return parseJsonSchema(getObject(format, 'json_schema', place), new BodyPlace(place, 'json_schema'));
    default:
      extras.response_format = format;
      return null;
  }
}

function parseJsonSchema(format: JsonObject, place: BodyPlace): NativeResponseFormat {
  return {
    type: 'json-schema',
    name: getName(format, 'name', place),
    description: findString(format, 'description', place),
    schema: findObject(format, 'schema', place) ?? {},
    strict: findBoolean(format, 'strict', place),
  };
}
