import type { NativeChatRequest, NativeResponseFormat } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { listDroppedExtras } from '../body-extras.js';
import { createUnsupported } from '../body-reader.js';
import type { RenderedRequest, RenderTarget } from '../dialect-adapter.port.js';
import { isStrictSchema } from './is-strict-schema.js';
import { findReasoningTraits, nameMaxOutputTokens, refusesStop } from './model-traits.js';
import { renderMessages } from './render-messages.js';
import { renderReasoningEffort } from './render-reasoning.js';
import { renderToolChoice, renderTools } from './render-tools.js';

/** The Chat dialect takes at most this many stop sequences. */
const MAX_STOP_SEQUENCES = 4;

/**
 * Members of an Anthropic body that bring tools or state of their own, or say where the request may be processed; leaving
 * them out would change the answer or break a promise.
 */
const REFUSED_MEMBERS: ReadonlySet<string> = new Set([
  'mcp_servers',
  'container',
  'inference_geo',
  'tool_choice',
  'output_config.format',
  'output_format',
]);

/**
 * A native request as a Chat Completions body.
 * @throws GatewayError('unsupported_parameter') for what this dialect cannot say and must not drop.
 */
export function renderRequest(request: NativeChatRequest, target: RenderTarget): RenderedRequest {
  const isOwnDialect = request.dialect === 'openai-chat';
  const body: JsonObject = isOwnDialect ? copyExtras(request) : {};
  const dropped = new Set(isOwnDialect ? [] : listDroppedExtras(request, REFUSED_MEMBERS));
  body.model = target.upstreamModel;
  body.messages = renderMessages(request, target.upstreamModel, dropped);
  if (isOwnDialect) copyOwnMembers(body, request);
  else addForeignMembers(body, request, target, dropped);
  addTools(body, request, target, dropped);
  if (request.temperature !== null && !dropped.has('temperature')) body.temperature = request.temperature;
  if (request.topP !== null && !dropped.has('top_p')) body.top_p = request.topP;
  if (request.stopSequences.length > 0 && !dropped.has('stop_sequences')) body.stop = request.stopSequences;
  if (request.responseFormat !== null)
    body.response_format = renderResponseFormat(request.responseFormat, isOwnDialect);
  addStream(body, request, target);
  return { body, droppedParams: [...dropped] };
}

/** Kinds of parts and tools that only the original bytes can carry stay out; the same dialect forwards those bytes. */
function copyExtras(request: NativeChatRequest): JsonObject {
  const body: JsonObject = {};
  for (const name of Object.keys(request.extras)) {
    if (name.includes('[')) throw createUnsupported(name, 'This cannot be rendered again.');
    body[name] = request.extras[name];
  }
  return body;
}

/** What may be said in several ways is said as the client said it. */
function copyOwnMembers(body: JsonObject, request: NativeChatRequest): void {
  for (const name of ['max_tokens', 'max_completion_tokens', 'reasoning_effort', 'n', 'user', 'metadata']) {
    const value = request.raw[name];
    if (value !== undefined && value !== null) body[name] = value;
  }
}

function addForeignMembers(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: Set<string>,
): void {
  addMaxTokens(body, request, target);
  addReasoning(body, request, target, dropped);
  if (request.topK !== null) dropped.add('top_k');
  if (request.metadata !== null || request.user !== null) dropped.add('metadata');
  if (request.stopSequences.length === 0) return;
  if (refusesStop(target.upstreamModel)) {
    dropped.add('stop_sequences');
  } else if (request.stopSequences.length > MAX_STOP_SEQUENCES) {
    throw createUnsupported(
      'stop_sequences',
      `The chosen model takes at most ${MAX_STOP_SEQUENCES} stop sequences.`,
    );
  }
}

function addMaxTokens(body: JsonObject, request: NativeChatRequest, target: RenderTarget): void {
  const { maxOutputTokens } = request;
  if (maxOutputTokens === null) return;
  if (maxOutputTokens === 0)
    throw createUnsupported('max_tokens', 'The chosen model has no prompt cache to fill ahead.');
  body[nameMaxOutputTokens(target.upstreamModel)] = maxOutputTokens;
}

function addReasoning(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: Set<string>,
): void {
  const { effort, isDropped, refusesSampling } = renderReasoningEffort(request, target.upstreamModel);
  if (effort !== null) body.reasoning_effort = effort;
  if (isDropped) dropped.add(request.reasoning?.enabled === true ? 'thinking' : 'output_config.effort');
  if (!refusesSampling) return;
  // The default may be said.
  if (request.temperature !== null && request.temperature !== 1) dropped.add('temperature');
  if (request.topP !== null) dropped.add('top_p');
}

function addTools(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: Set<string>,
): void {
  if (request.tools.length > 0) body.tools = renderTools(request, dropped);
  else if (request.dialect !== 'openai-chat') return;
  if (request.toolChoice !== null) body.tool_choice = renderToolChoice(request.toolChoice);
  if (request.parallelToolCalls === null) return;
  const isRefused = findReasoningTraits(target.upstreamModel)?.refusesParallelSwitch === true;
  if (!isRefused || request.dialect === 'openai-chat') body.parallel_tool_calls = request.parallelToolCalls;
  else if (!request.parallelToolCalls) dropped.add('disable_parallel_tool_use');
}

/** Another dialect's schema is enforced where OpenAI can; one with optional properties is only a request to the model. */
function renderResponseFormat(format: NativeResponseFormat, isOwnDialect: boolean): JsonObject {
  switch (format.type) {
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema': {
      const strict = isOwnDialect ? format.strict : isStrictSchema(format.schema);
      return {
        type: 'json_schema',
        json_schema: {
          name: format.name,
          ...(format.description === null ? {} : { description: format.description }),
          schema: format.schema,
          ...(strict === null ? {} : { strict }),
        },
      };
    }
  }
}

function addStream(body: JsonObject, request: NativeChatRequest, target: RenderTarget): void {
  if (!request.stream) return;
  body.stream = true;
  if (target.streamUsage) body.stream_options = { include_usage: true };
}
