import { isObject, type Json, listObjects } from '../json-shape.ts';
import type { OpenAiFault } from './openai-errors.ts';

const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);
const NAME = /^[a-zA-Z0-9_-]{1,64}$/u;

/** What api.openai.com refuses with 400; null for a request that it takes. */
export function checkOpenAiRequest(body: unknown): OpenAiFault | null {
  if (!isObject(body)) return fault('We could not parse the JSON body of your request.', null);
  if (typeof body['model'] !== 'string' || body['model'] === '')
    return fault('you must provide a model parameter', null);
  return checkMessages(body['messages']) ?? checkSampling(body) ?? checkTools(body) ?? checkFormat(body);
}

function checkMessages(messages: unknown): OpenAiFault | null {
  if (messages === undefined)
    return fault("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!Array.isArray(messages))
    return fault("Invalid type for 'messages': expected an array.", 'messages', 'invalid_type');
  if (messages.length === 0) return fault("Invalid 'messages': empty array.", 'messages', 'empty_array');
  for (const [index, message] of messages.entries()) {
    const problem = checkMessage(message, `messages[${index}]`);
    if (problem !== null) return problem;
  }
  return checkToolPairing(messages as Json[]);
}

function checkMessage(message: unknown, path: string): OpenAiFault | null {
  if (!isObject(message))
    return fault(`Invalid type for '${path}': expected an object.`, path, 'invalid_type');
  if (typeof message['role'] !== 'string' || !ROLES.has(message['role'])) {
    return fault(`Invalid value for '${path}.role'.`, `${path}.role`, 'invalid_value');
  }
  const { content } = message;
  const mayBeEmpty =
    message['role'] === 'assistant' &&
    (message['tool_calls'] !== undefined || message['refusal'] !== undefined);
  if (content === null || content === undefined) {
    return mayBeEmpty
      ? null
      : fault(`Invalid value for '${path}.content': expected a string, got null.`, `${path}.content`);
  }
  if (typeof content !== 'string' && !Array.isArray(content))
    return fault(`Invalid type for '${path}.content'.`, `${path}.content`, 'invalid_type');
  if (Array.isArray(content) && content.some((part) => !isObject(part) || typeof part['type'] !== 'string')) {
    return fault(
      `Missing required parameter: '${path}.content[].type'.`,
      `${path}.content`,
      'missing_required_parameter',
    );
  }
  return null;
}

/** Every tool call is answered right after its message, and nothing else is. */
function checkToolPairing(messages: readonly Json[]): OpenAiFault | null {
  let open = new Set<unknown>();
  for (const [index, message] of messages.entries()) {
    if (message['role'] === 'tool') {
      if (!open.delete(message['tool_call_id'])) {
        const text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
        return fault(text, `messages[${index}].role`);
      }
      continue;
    }
    if (open.size > 0) return buildOpenCalls(open, index);
    open = new Set(listObjects(message['tool_calls']).map((call) => call['id']));
  }
  return open.size > 0 ? buildOpenCalls(open, messages.length - 1) : null;
}

function buildOpenCalls(open: ReadonlySet<unknown>, index: number): OpenAiFault {
  const text = `An assistant message with 'tool_calls' must be followed by tool messages; no answer for: ${[...open].join(', ')}`;
  return fault(text, `messages[${index}].role`);
}

function checkSampling(body: Json): OpenAiFault | null {
  const {
    temperature,
    top_p: topP,
    stop,
    max_tokens: maxTokens,
    max_completion_tokens: maxCompletionTokens,
  } = body;
  if (isOutside(temperature, 0, 2))
    return fault("Invalid 'temperature': must be from 0 to 2.", 'temperature', 'decimal_above_max_value');
  if (isOutside(topP, 0, 1))
    return fault("Invalid 'top_p': must be from 0 to 1.", 'top_p', 'decimal_above_max_value');
  if (Array.isArray(stop) && stop.length > 4)
    return fault("Invalid 'stop': at most 4.", 'stop', 'array_above_max_length');
  for (const [name, value] of Object.entries({
    max_tokens: maxTokens,
    max_completion_tokens: maxCompletionTokens,
  })) {
    if (isOutside(value, 1, 10_000_000))
      return fault(`Invalid '${name}': integer below minimum value.`, name, 'integer_below_min_value');
  }
  if (body['stream_options'] !== undefined && body['stream_options'] !== null && body['stream'] !== true) {
    return fault(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  }
  return null;
}

function checkTools(body: Json): OpenAiFault | null {
  const { tools } = body;
  if (tools === undefined || tools === null) {
    const choice = body['tool_choice'];
    const asks = choice !== undefined && choice !== null && choice !== 'none';
    return asks ? fault("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice') : null;
  }
  if (!Array.isArray(tools) || tools.length === 0)
    return fault("Invalid 'tools': empty array.", 'tools', 'empty_array');
  for (const [index, tool] of tools.entries()) {
    const definition = isObject(tool) ? tool['function'] : undefined;
    if (isObject(tool) && tool['type'] !== 'function') continue;
    if (!isObject(definition) || typeof definition['name'] !== 'string' || !NAME.test(definition['name'])) {
      return fault(
        `Invalid 'tools[${index}].function.name'.`,
        `tools[${index}].function.name`,
        'invalid_value',
      );
    }
  }
  return null;
}

function checkFormat(body: Json): OpenAiFault | null {
  const format = body['response_format'];
  if (!isObject(format) || format['type'] !== 'json_schema') return null;
  const wrapper = format['json_schema'];
  if (isObject(wrapper) && typeof wrapper['name'] === 'string') return null;
  return fault(
    "Missing required parameter: 'response_format.json_schema.name'.",
    'response_format.json_schema.name',
    'missing_required_parameter',
  );
}

function isOutside(value: unknown, min: number, max: number): boolean {
  return value !== undefined && value !== null && (typeof value !== 'number' || value < min || value > max);
}

function fault(message: string, param: string | null, code: string | null = null): OpenAiFault {
  return { status: 400, message, param, code };
}
