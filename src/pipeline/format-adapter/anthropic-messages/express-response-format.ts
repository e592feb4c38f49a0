import type {
  NativeChatRequest,
  NativeResponseFormat,
  NativeTool,
  NativeToolChoice,
} from '../../../chat/native-request.js';
import { ANSWER_TOOL, hasOwnAnswerTool } from '../answer-tool.js';
import { createUnsupported } from '../body-reader.js';
import { enforcesSchemas } from './model-traits.js';

type JsonSchemaFormat = Extract<NativeResponseFormat, { type: 'json-schema' }>;

const JSON_INSTRUCTION =
  'Answer with one valid JSON object and nothing else: no text before or after it, no code fence.';

/**
 * A request of another dialect with its response format put into what `model` knows. The API has no JSON of any shape:
 * the system prompt asks for it, which is not a promise, so `response_format` is named in `dropped`. A model that does not
 * enforce schemas answers by calling a tool whose arguments have the schema (`answer-tool.ts` reads it back); where the
 * client asked for more than that, `strict` is named when the tool is rendered.
 * @throws GatewayError('unsupported_parameter') for a schema that cannot be a tool's.
 */
export function expressResponseFormat(
  request: NativeChatRequest,
  model: string,
  dropped: Set<string>,
): NativeChatRequest {
  const format = request.responseFormat;
  if (format?.type === 'json') {
    dropped.add('response_format');
    return withInstruction(request);
  }
  if (format?.type !== 'json-schema' || enforcesSchemas(model)) return request;
  const { toolChoice } = request;
  const mustCall = toolChoice?.type === 'required' || toolChoice?.type === 'tool';
  // The answer will be a call of one of the client's tools, to which no format applies.
  if (mustCall && request.tools.length > 0) return { ...request, responseFormat: null };
  return withAnswerTool(request, format);
}

function withInstruction(request: NativeChatRequest): NativeChatRequest {
  const text = { type: 'text' as const, text: JSON_INSTRUCTION, cacheMark: null };
  const messages = [...request.messages, { role: 'system' as const, parts: [text], name: null }];
  return { ...request, messages, responseFormat: null };
}

/** One call at a time: two answers would not be one JSON text. */
function withAnswerTool(request: NativeChatRequest, format: JsonSchemaFormat): NativeChatRequest {
  if (hasOwnAnswerTool(request)) {
    throw createUnsupported(
      'response_format',
      `The chosen model needs the tool name ${ANSWER_TOOL} for this.`,
    );
  }
  const tools = [...request.tools, createAnswerTool(format)];
  const canCallOthers = request.tools.length > 0 && request.toolChoice?.type !== 'none';
  const toolChoice: NativeToolChoice = canCallOthers
    ? { type: 'required' }
    : { type: 'tool', name: ANSWER_TOOL };
  return { ...request, tools, toolChoice, parallelToolCalls: false, responseFormat: null };
}

function createAnswerTool(format: JsonSchemaFormat): NativeTool {
  const { schema, description, strict } = format;
  if (schema.type !== undefined && schema.type !== 'object') {
    throw createUnsupported('response_format', 'The chosen model answers with objects only.');
  }
  return {
    name: ANSWER_TOOL,
    description: `Gives the final answer to the user.${description === null ? '' : ` ${description}`}`,
    parameters: schema,
    strict,
    cacheMark: null,
  };
}
