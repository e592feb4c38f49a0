import { isJsonObject, type JsonObject, type JsonValue } from '../../../../common/json.js';
import { hashText } from './seeded-random.js';

export interface SimulatedTool {
  name: string;
  parameters: JsonValue | undefined;
}

/** The part of a Chat Completions request that a simulated answer depends on. */
export interface SimulatedRequest {
  /** Text of the last user message. */
  prompt: string;
  /** Of all messages; the same for a streamed and a whole answer. */
  hash: number;
  /** Bytes of all messages and tools, divided by four: what this provider calls a token. */
  promptTokens: number;
  streams: boolean;
  includesUsage: boolean;
  maxTokens: number;
  choices: number;
  stopSequences: string[];
  tools: SimulatedTool[];
  /** Call one of the tools: all of them may be, one by name must be, or none. */
  toolDemand: 'none' | 'auto' | 'required' | { name: string };
  allowsParallelTools: boolean;
  /** The conversation ends with a tool's result, so that an agent's loop comes to an end. */
  answersToolResult: boolean;
  format: { type: 'text' } | { type: 'json' } | { type: 'json-schema'; schema: JsonValue | undefined };
}

export type ReadRequest =
  { ok: true; request: SimulatedRequest } | { ok: false; message: string; param: string | null };

const MAX_CHOICES = 16;

export function readSimulatedRequest(bytes: Buffer): ReadRequest {
  const body = parseBody(bytes);
  if (body === null) return { ok: false, message: 'The body is not a JSON object.', param: null };
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) {
    return { ok: false, message: "'messages' must be a non-empty array.", param: 'messages' };
  }
  return { ok: true, request: convertBody(body, messages) };
}

function parseBody(bytes: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function convertBody(body: JsonObject, messages: JsonValue[]): SimulatedRequest {
  const messagesText = JSON.stringify(messages);
  const toolsText = body['tools'] === undefined ? '' : JSON.stringify(body['tools']);
  const last = messages.at(-1);
  return {
    prompt: findPrompt(messages),
    hash: hashText(toolsText, hashText(messagesText)),
    promptTokens: Math.ceil((Buffer.byteLength(messagesText) + Buffer.byteLength(toolsText)) / 4),
    streams: body['stream'] === true,
    includesUsage: isJsonObject(body['stream_options']) && body['stream_options']['include_usage'] === true,
    maxTokens: readLimit(body['max_completion_tokens']) ?? readLimit(body['max_tokens']) ?? Infinity,
    choices: Math.min(MAX_CHOICES, readLimit(body['n']) ?? 1),
    stopSequences: [body['stop']]
      .flat()
      .filter((stop): stop is string => typeof stop === 'string' && stop !== ''),
    tools: readTools(body['tools']),
    toolDemand: readToolDemand(body['tool_choice']),
    allowsParallelTools: body['parallel_tool_calls'] !== false,
    answersToolResult: isJsonObject(last) && last['role'] === 'tool',
    format: readFormat(body['response_format']),
  };
}

function findPrompt(messages: readonly JsonValue[]): string {
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (isJsonObject(message) && message['role'] === 'user') return readText(message['content']);
  }
  return '';
}

function readText(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join(' ')
    .trim();
}

function readTools(tools: JsonValue | undefined): SimulatedTool[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool) => {
    const definition = isJsonObject(tool) ? tool['function'] : undefined;
    if (!isJsonObject(definition) || typeof definition['name'] !== 'string') return [];
    return [{ name: definition['name'], parameters: definition['parameters'] }];
  });
}

function readToolDemand(choice: JsonValue | undefined): SimulatedRequest['toolDemand'] {
  if (choice === 'none' || choice === 'required') return choice;
  const named = isJsonObject(choice) ? choice['function'] : undefined;
  if (isJsonObject(named) && typeof named['name'] === 'string') return { name: named['name'] };
  return 'auto';
}

function readFormat(format: JsonValue | undefined): SimulatedRequest['format'] {
  if (!isJsonObject(format)) return { type: 'text' };
  if (format['type'] === 'json_object') return { type: 'json' };
  if (format['type'] !== 'json_schema') return { type: 'text' };
  const wrapper = format['json_schema'];
  return { type: 'json-schema', schema: isJsonObject(wrapper) ? wrapper['schema'] : undefined };
}

function readLimit(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null;
}
