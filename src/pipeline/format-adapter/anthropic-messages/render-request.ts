import type { NativeChatRequest } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { listDroppedExtras } from '../body-extras.js';
import { createUnsupported } from '../body-reader.js';
import type { RenderedRequest, RenderTarget } from '../dialect-adapter.port.js';
import { refusesSampling } from './model-traits.js';
import { renderConversation } from './render-messages.js';
import { renderThinking } from './render-thinking.js';
import { renderToolChoice, renderTools } from './render-tools.js';

/** This dialect requires `max_tokens`; sent when neither client nor deployment says how many. */
const DEFAULT_MAX_TOKENS = 4_096;

/** Members of a Chat body whose loss would change what the client gets, not only how well. */
const REFUSED_MEMBERS: ReadonlySet<string> = new Set([
  'logprobs',
  'top_logprobs',
  'audio',
  'functions',
  'function_call',
  'web_search_options',
  'tool_choice',
  'response_format',
]);

/**
 * A native request as a Messages body.
 * @throws GatewayError('unsupported_parameter') for what this dialect cannot say and must not drop.
 */
export function renderRequest(request: NativeChatRequest, target: RenderTarget): RenderedRequest {
  const isOwnDialect = request.dialect === 'anthropic-messages';
  const body: JsonObject = isOwnDialect ? copyExtras(request) : {};
  const dropped: string[] = isOwnDialect ? [] : listForeignLosses(request);
  const maxTokens = request.maxOutputTokens ?? target.defaultMaxOutputTokens ?? DEFAULT_MAX_TOKENS;
  body.model = target.upstreamModel;
  body.max_tokens = maxTokens;
  addConversation(body, request, dropped);
  addTools(body, request);
  addOutput(body, request, target, dropped);
  addSampling(body, request, target, dropped);
  addStopSequences(body, request, dropped);
  if (isOwnDialect && request.user !== null) body.metadata = { user_id: request.user };
  if (request.stream) body.stream = true;
  return { body, droppedParams: dropped };
}

/** Kinds of blocks and tools that only the original bytes can carry stay out; the same dialect forwards those bytes. */
function copyExtras(request: NativeChatRequest): JsonObject {
  const body: JsonObject = {};
  for (const name of Object.keys(request.extras)) {
    if (/[[.]/.test(name)) throw createUnsupported(name, 'This cannot be rendered again.');
    body[name] = request.extras[name];
  }
  return body;
}

function listForeignLosses(request: NativeChatRequest): string[] {
  if (request.choices > 1) throw createUnsupported('n', 'The chosen model gives one answer at a time.');
  const { modalities } = request.extras;
  if (Array.isArray(modalities) && modalities.includes('audio')) {
    throw createUnsupported('modalities', 'The chosen model does not speak.');
  }
  const dropped = listDroppedExtras(request, REFUSED_MEMBERS).filter((name) => name !== 'modalities');
  if (request.user !== null) dropped.push('user');
  if (request.metadata !== null) dropped.push('metadata');
  return dropped;
}

function addConversation(body: JsonObject, request: NativeChatRequest, dropped: string[]): void {
  const { system, messages } = renderConversation(request);
  if (system !== null) body.system = system;
  body.messages = messages;
  if (request.messages.some((message) => message.name !== null)) dropped.push('name');
}

function addTools(body: JsonObject, request: NativeChatRequest): void {
  if (request.tools.length === 0) return;
  body.tools = renderTools(request.tools);
  const choice = renderToolChoice(request.toolChoice, request.parallelToolCalls);
  if (choice !== null) body.tool_choice = choice;
}

function addOutput(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: string[],
): void {
  const { thinking, effort, isDropped } = renderThinking(
    request,
    target.upstreamModel,
    body.max_tokens as number,
  );
  if (thinking !== null) body.thinking = thinking;
  if (isDropped) dropped.push('reasoning_effort');
  const format = renderFormat(request);
  if (effort === null && format === null) return;
  body.output_config = { ...(effort === null ? {} : { effort }), ...(format === null ? {} : { format }) };
}

/** `json_object` promises valid JSON of any shape, which this dialect cannot promise without a schema. */
function renderFormat(request: NativeChatRequest): JsonObject | null {
  const format = request.responseFormat;
  if (format === null || format.type === 'text') return null;
  if (format.type === 'json') {
    throw createUnsupported(
      'response_format',
      'The chosen model needs a schema: use response_format json_schema.',
    );
  }
  return { type: 'json_schema', schema: format.schema };
}

/** Temperature ends at 1 here; a thinking model takes none, and the latest models never do. */
function addSampling(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: string[],
): void {
  const isForeign = request.dialect !== 'anthropic-messages';
  const refusesAll = isForeign && refusesSampling(target.upstreamModel);
  const isThinking =
    isForeign && body.thinking !== undefined && (body.thinking as JsonObject).type !== 'disabled';
  const { temperature, topP, topK } = request;
  if (temperature !== null) {
    if (refusesAll || isThinking) {
      if (temperature !== 1) dropped.push('temperature');
    } else {
      body.temperature = Math.min(temperature, 1);
      if (temperature > 1) dropped.push('temperature');
    }
  }
  if (topP !== null) {
    if (refusesAll || isThinking) dropped.push('top_p');
    else body.top_p = topP;
  }
  if (topK !== null) body.top_k = topK;
}

/** The API refuses sequences of white space alone. */
function addStopSequences(body: JsonObject, request: NativeChatRequest, dropped: string[]): void {
  const { stopSequences } = request;
  if (stopSequences.length === 0) return;
  const usable = stopSequences.filter((sequence) => sequence.trim() !== '');
  if (usable.length > 0) body.stop_sequences = usable;
  if (usable.length < stopSequences.length)
    dropped.push(request.dialect === 'openai-chat' ? 'stop' : 'stop_sequences');
}
