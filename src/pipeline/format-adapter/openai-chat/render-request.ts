import type { Dialect } from '../../../chat/dialect.js';
import type {
  NativeChatRequest,
  NativeResponseFormat,
  ReasoningEffort,
} from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { listDroppedExtras } from '../body-extras.js';
import { createUnsupported } from '../body-reader.js';
import type { RenderedRequest, RenderTarget } from '../dialect-adapter.port.js';
import { isReasoningModel, refusesReasoningEffort } from './model-traits.js';
import { renderMessages } from './render-messages.js';
import { renderToolChoice, renderTools } from './render-tools.js';

/** The Chat dialect takes at most this many stop sequences. */
const MAX_STOP_SEQUENCES = 4;

/** Members of an Anthropic body that bring tools or state of their own; leaving them out would change the answer. */
const REFUSED_MEMBERS: ReadonlySet<string> = new Set([
  'mcp_servers',
  'container',
  'tool_choice',
  'output_config.format',
]);

/**
 * A native request as a Chat Completions body.
 * @throws GatewayError('unsupported_parameter') for what this dialect cannot say and must not drop.
 */
export function renderRequest(request: NativeChatRequest, target: RenderTarget): RenderedRequest {
  const isOwnDialect = request.dialect === 'openai-chat';
  const body: JsonObject = isOwnDialect ? copyExtras(request) : {};
  const droppedParams = isOwnDialect ? [] : listDroppedExtras(request, REFUSED_MEMBERS);
  body.model = target.upstreamModel;
  body.messages = renderMessages(request, droppedParams);
  addTools(body, request);
  addSampling(body, request, target, droppedParams);
  addReasoning(body, request, target, droppedParams);
  if (request.responseFormat !== null) body.response_format = renderResponseFormat(request.responseFormat);
  addIdentity(body, request, isOwnDialect, droppedParams);
  addStream(body, request, target);
  return { body, droppedParams };
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

function addTools(body: JsonObject, request: NativeChatRequest): void {
  if (request.tools.length === 0) return;
  body.tools = renderTools(request);
  if (request.toolChoice !== null) body.tool_choice = renderToolChoice(request.toolChoice);
  if (request.parallelToolCalls !== null) body.parallel_tool_calls = request.parallelToolCalls;
}

function addSampling(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: string[],
): void {
  if (request.maxOutputTokens !== null) body[nameMaxTokens(request, target)] = request.maxOutputTokens;
  if (request.temperature !== null) body.temperature = request.temperature;
  if (request.topP !== null) body.top_p = request.topP;
  if (request.topK !== null) dropped.push('top_k');
  if (request.choices > 1) body.n = request.choices;
  if (request.stopSequences.length > MAX_STOP_SEQUENCES && request.dialect !== 'openai-chat') {
    throw createUnsupported(
      'stop_sequences',
      `The chosen model takes at most ${MAX_STOP_SEQUENCES} stop sequences.`,
    );
  }
  if (request.stopSequences.length > 0) body.stop = request.stopSequences;
}

function nameMaxTokens(request: NativeChatRequest, target: RenderTarget): string {
  if (request.dialect === 'openai-chat' && request.raw.max_completion_tokens === undefined)
    return 'max_tokens';
  if (request.dialect === 'openai-chat') return 'max_completion_tokens';
  return isReasoningModel(target.upstreamModel) ? 'max_completion_tokens' : 'max_tokens';
}

function addReasoning(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: string[],
): void {
  const { reasoning } = request;
  if (reasoning === null) return;
  const effort = reasoning.effort ?? convertBudget(reasoning.enabled, reasoning.budgetTokens);
  if (effort === null) return;
  if (!refusesReasoningEffort(target.upstreamModel)) body.reasoning_effort = effort;
  else if (effort !== 'none') dropped.push(nameReasoning(request.dialect, reasoning.enabled));
}

/** What the client called it. */
function nameReasoning(dialect: Dialect, isEnabled: boolean): string {
  if (dialect === 'openai-chat') return 'reasoning_effort';
  return isEnabled ? 'thinking' : 'output_config.effort';
}

/** Budgets in tokens as the effort that spends about as much. Thinking that was switched off is not mentioned at all. */
function convertBudget(isEnabled: boolean, budgetTokens: number | null): ReasoningEffort | null {
  if (!isEnabled) return null;
  if (budgetTokens === null) return 'medium';
  if (budgetTokens <= 4_096) return 'low';
  return budgetTokens <= 16_384 ? 'medium' : 'high';
}

function renderResponseFormat(format: NativeResponseFormat): JsonObject {
  switch (format.type) {
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema':
      return {
        type: 'json_schema',
        json_schema: {
          name: format.name,
          ...(format.description === null ? {} : { description: format.description }),
          schema: format.schema,
          ...(format.strict === null ? {} : { strict: format.strict }),
        },
      };
  }
}

function addIdentity(
  body: JsonObject,
  request: NativeChatRequest,
  isOwnDialect: boolean,
  dropped: string[],
): void {
  if (isOwnDialect) {
    if (request.user !== null) body.user = request.user;
    if (request.metadata !== null) body.metadata = request.metadata;
  } else if (request.metadata !== null || request.user !== null) {
    dropped.push('metadata');
  }
}

function addStream(body: JsonObject, request: NativeChatRequest, target: RenderTarget): void {
  if (!request.stream) return;
  body.stream = true;
  if (target.streamUsage) body.stream_options = { include_usage: true };
}
