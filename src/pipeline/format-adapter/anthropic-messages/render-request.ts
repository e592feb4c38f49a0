import type { NativeChatRequest } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { listDroppedExtras } from '../body-extras.js';
import { createUnsupported } from '../body-reader.js';
import type { RenderedRequest, RenderTarget } from '../dialect-adapter.port.js';
import { expressResponseFormat } from './express-response-format.js';
import { refusesSampling } from './model-traits.js';
import { renderConversation } from './render-messages.js';
import { renderThinking } from './render-thinking.js';
import { renderOwnTools, renderToolChoice, renderTools } from './render-tools.js';
import { restrictSchema } from './restrict-schema.js';

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
  'moderation',
  'tool_choice',
  'response_format',
]);

/**
 * A native request as a Messages body.
 * @throws GatewayError('unsupported_parameter') for what this dialect cannot say and must not drop.
 */
export function renderRequest(request: NativeChatRequest, target: RenderTarget): RenderedRequest {
  return request.dialect === 'anthropic-messages'
    ? { body: renderOwn(request, target), droppedParams: [] }
    : renderForeign(request, target);
}

/** What may be said in several ways is said as the client said it. */
function renderOwn(request: NativeChatRequest, target: RenderTarget): JsonObject {
  const body = copyExtras(request);
  addCommonMembers(body, request, target, new Set());
  if (request.tools.length > 0) body.tools = renderOwnTools(request.tools);
  addToolChoice(body, request);
  for (const name of ['temperature', 'top_p', 'top_k', 'stop_sequences', 'metadata', 'thinking']) {
    copyMember(body, request.raw, name);
  }
  copyMember(body, request.raw, 'output_config');
  copyMember(body, request.raw, 'output_format');
  return body;
}

function copyMember(body: JsonObject, raw: JsonObject, name: string): void {
  if (raw[name] !== undefined && raw[name] !== null) body[name] = raw[name];
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

function renderForeign(original: NativeChatRequest, target: RenderTarget): RenderedRequest {
  const body: JsonObject = {};
  const dropped = listForeignLosses(original);
  const request = expressResponseFormat(original, target.upstreamModel, dropped);
  addCommonMembers(body, request, target, dropped);
  if (request.tools.length > 0) {
    body.tools = renderTools(request.tools, target.upstreamModel, dropped);
    addToolChoice(body, request);
  }
  addOutput(body, request, target, dropped);
  addSampling(body, request, target, dropped);
  addStopSequences(body, request, dropped);
  return { body, droppedParams: [...dropped] };
}

function listForeignLosses(request: NativeChatRequest): Set<string> {
  if (request.choices > 1) throw createUnsupported('n', 'The chosen model gives one answer at a time.');
  const { modalities } = request.extras;
  if (Array.isArray(modalities) && modalities.includes('audio')) {
    throw createUnsupported('modalities', 'The chosen model does not speak.');
  }
  const dropped = new Set(listDroppedExtras(request, REFUSED_MEMBERS));
  dropped.delete('modalities');
  if (request.user !== null) dropped.add('user');
  if (request.metadata !== null) dropped.add('metadata');
  return dropped;
}

function addCommonMembers(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: Set<string>,
): void {
  body.model = target.upstreamModel;
  body.max_tokens = request.maxOutputTokens ?? target.defaultMaxOutputTokens ?? DEFAULT_MAX_TOKENS;
  const { system, messages } = renderConversation(request, dropped);
  if (system !== null) body.system = system;
  body.messages = messages;
  if (request.stream) body.stream = true;
}

function addToolChoice(body: JsonObject, request: NativeChatRequest): void {
  const choice = renderToolChoice(request.toolChoice, request.parallelToolCalls);
  if (choice !== null) body.tool_choice = choice;
}

function addOutput(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: Set<string>,
): void {
  const { thinking, effort, isDropped } = renderThinking(request, target.upstreamModel, body);
  if (thinking !== null) body.thinking = thinking;
  if (isDropped) dropped.add('reasoning_effort');
  const format = renderFormat(request);
  if (effort === null && format === null) return;
  body.output_config = { ...(effort === null ? {} : { effort }), ...(format === null ? {} : { format }) };
}

/** What is left of the format when `expressResponseFormat` has said in other words what this member cannot say. */
function renderFormat(request: NativeChatRequest): JsonObject | null {
  const format = request.responseFormat;
  return format?.type === 'json-schema'
    ? { type: 'json_schema', schema: restrictSchema(format.schema) }
    : null;
}

/**
 * Temperature ends at 1 here; a thinking model takes none, the latest models never do, and no model takes `top_p` beside
 * it. What equals the default is left out without a word.
 */
function addSampling(
  body: JsonObject,
  request: NativeChatRequest,
  target: RenderTarget,
  dropped: Set<string>,
): void {
  const { temperature, topP } = request;
  if (refusesSampling(target.upstreamModel) || isThinking(body)) {
    if (temperature !== null && temperature !== 1) dropped.add('temperature');
    if (topP !== null && topP !== 1) dropped.add('top_p');
    return;
  }
  if (temperature !== null) {
    body.temperature = Math.min(temperature, 1);
    if (temperature > 1) dropped.add('temperature');
  }
  if (topP === null || topP === 1) return;
  if (temperature === null) body.top_p = topP;
  else dropped.add('top_p');
}

function isThinking(body: JsonObject): boolean {
  return body.thinking !== undefined && (body.thinking as JsonObject).type !== 'disabled';
}

/** The API refuses sequences of white space alone. */
function addStopSequences(body: JsonObject, request: NativeChatRequest, dropped: Set<string>): void {
  const { stopSequences } = request;
  const usable = stopSequences.filter((sequence) => sequence.trim() !== '');
  if (usable.length > 0) body.stop_sequences = usable;
  if (usable.length < stopSequences.length) dropped.add('stop');
}
