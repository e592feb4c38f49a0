import type {
  NativeChatRequest,
  NativeResponseFormat,
  ReasoningEffort,
} from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { collectExtras, type Extras } from '../body-extras.js';
import {
  BodyPlace,
  createInvalidRequest,
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

/** Members with a native place. `output_format` is what `output_config.format` was called in its beta. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'tools',
  'tool_choice',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'stream',
  'metadata',
  'thinking',
  'output_config',
  'output_format',
]);

/** A Messages body. @throws GatewayError('invalid_request') naming the first field that is wrong. */
export function parseRequest(body: JsonObject): NativeChatRequest {
  const request = parseAnyRequest(body);
  if (request.maxOutputTokens === null) throw createInvalidRequest('max_tokens', 'This field is required.');
  return request;
}

/** A count_tokens body: the same, but nothing is generated, so that `max_tokens` is not required and `stream` means nothing. */
export function parseCountTokensRequest(body: JsonObject): NativeChatRequest {
  const request = parseAnyRequest(body);
  return request.stream ? { ...request, stream: false } : request;
}

function parseAnyRequest(body: JsonObject): NativeChatRequest {
  const extras = collectExtras(body, KNOWN_MEMBERS);
  const output = findObject(body, 'output_config', null);
  return {
    dialect: 'anthropic-messages',
    model: getName(body, 'model', null),
    messages: parseMessages(body, extras),
    tools: parseTools(body, extras),
    ...parseToolChoice(body, extras),
    responseFormat: parseResponseFormat(body, output, extras),
    // Zero asks for nothing but a filled prompt cache.
    maxOutputTokens: findInteger(body, 'max_tokens', 0, null),
    temperature: findNumber(body, 'temperature', null),
    topP: findNumber(body, 'top_p', null),
    topK: findInteger(body, 'top_k', 0, null),
    stopSequences: findStringArray(body, 'stop_sequences', null) ?? [],
    reasoning: parseReasoning(body, output),
    stream: findBoolean(body, 'stream', null) ?? false,
    streamIncludesUsage: true,
    user: parseUser(body),
    metadata: null,
    choices: 1,
    extras,
    raw: body,
  };
}

function parseUser(body: JsonObject): string | null {
  const metadata = findObject(body, 'metadata', null);
  return metadata === null ? null : findString(metadata, 'user_id', new BodyPlace(null, 'metadata'));
}

const EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

function parseReasoning(body: JsonObject, output: JsonObject | null): NativeChatRequest['reasoning'] {
  const thinking = findObject(body, 'thinking', null);
  const written = output === null ? null : findString(output, 'effort', new BodyPlace(null, 'output_config'));
  const effort = written !== null && EFFORTS.has(written) ? (written as ReasoningEffort) : null;
  if (thinking === null) return effort === null ? null : { effort, budgetTokens: null, enabled: false };
  const place = new BodyPlace(null, 'thinking');
  switch (getString(thinking, 'type', place)) {
    case 'disabled':
      return { effort: 'none', budgetTokens: null, enabled: false };
    case 'enabled':
      return { effort, budgetTokens: getBudget(thinking, place), enabled: true };
    default:
      // `adaptive`, `between_tools` and what may come: the model decides how much it thinks.
      return { effort, budgetTokens: null, enabled: true };
  }
}

function getBudget(thinking: JsonObject, place: BodyPlace): number {
  const budget = findInteger(thinking, 'budget_tokens', 1, place);
  if (budget === null) throw createInvalidRequest('thinking.budget_tokens', 'This field is required.');
  return budget;
}

function parseResponseFormat(
  body: JsonObject,
  output: JsonObject | null,
  extras: Extras,
): NativeResponseFormat | null {
  const current = output === null ? null : findObject(output, 'format', new BodyPlace(null, 'output_config'));
  const format = current ?? findObject(body, 'output_format', null);
  if (format === null) return null;
  const place =
    current === null
      ? new BodyPlace(null, 'output_format')
      : new BodyPlace(new BodyPlace(null, 'output_config'), 'format');
  if (getString(format, 'type', place) !== 'json_schema') {
    extras[place.toString()] = format;
    return null;
  }
  const schema = getObject(format, 'schema', place);
  // This dialect's formats have no name, others require one.
  return { type: 'json-schema', name: 'response', description: null, schema, strict: true };
}
