import type { IncomingHttpHeaders } from 'node:http';
import { isObject, type Json, listObjects } from '../json-shape.ts';
import type { AnthropicFault } from './anthropic-errors.ts';

/** Members of a Messages request; everything else is refused when `rejectsUnknownMembers` is on, as Anthropic does. */
const KNOWN_MEMBERS = new Set(
  (
    'max_tokens messages model cache_control container context_management diagnostics inference_geo mcp_servers metadata ' +
    'output_config output_format service_tier speed stop_sequences stream system temperature thinking tool_choice tools ' +
    'top_k top_p user_profile_id workspace_id betas'
  ).split(' '),
);

/** Since the second version sampling is the model's own matter. */
const REMOVED_IN_2026 = ['temperature', 'top_p', 'top_k'];
const VERSIONS = new Set(['2023-01-01', '2023-06-01', '2026-10-21']);

export interface AnthropicStrictness {
  /** Take consecutive messages of one role as one. Off by default: some hosts of these models refuse them. */
  mergesConsecutiveRoles?: boolean;
  rejectsUnknownMembers?: boolean;
}

export function checkAnthropicVersion(headers: IncomingHttpHeaders): AnthropicFault | null {
  const version = headers['anthropic-version'];
  if (version === undefined) return fault('anthropic-version: header is required');
  return VERSIONS.has(String(version))
    ? null
    : fault(`anthropic-version: "${String(version)}" is not a valid version`);
}

/** What api.anthropic.com refuses with 400; null for a request that it takes. */
export function checkAnthropicRequest(
  request: { headers: IncomingHttpHeaders; json: unknown },
  needsMaxTokens: boolean,
  strictness: AnthropicStrictness,
): AnthropicFault | null {
  const { json: body } = request;
  const isSecondVersion = request.headers['anthropic-version'] === '2026-10-21';
  if (!isObject(body)) return fault('The request body is not valid JSON');
  return (
    checkModelAndLength(body, needsMaxTokens) ??
    checkMembers(body, isSecondVersion, strictness) ??
    checkMessages(body['messages'], isSecondVersion) ??
    checkOrder(listObjects(body['messages']), strictness) ??
    checkToolPairing(listObjects(body['messages'])) ??
    checkSampling(body) ??
    checkThinking(body) ??
    checkTools(body)
  );
}

function checkModelAndLength(body: Json, needsMaxTokens: boolean): AnthropicFault | null {
  if (typeof body['model'] !== 'string' || body['model'] === '') return fault('model: Field required');
  const maxTokens = body['max_tokens'];
  if (maxTokens === undefined) return needsMaxTokens ? fault('max_tokens: Field required') : null;
  return Number.isInteger(maxTokens) && (maxTokens as number) >= 1
    ? null
    : fault('max_tokens: Input should be greater than or equal to 1');
}

function checkMembers(
  body: Json,
  isSecondVersion: boolean,
  strictness: AnthropicStrictness,
): AnthropicFault | null {
  const removed = isSecondVersion ? REMOVED_IN_2026.find((name) => name in body) : undefined;
  const unknown =
    strictness.rejectsUnknownMembers === true
      ? Object.keys(body).find((name) => !KNOWN_MEMBERS.has(name))
      : undefined;
  const refused = removed ?? unknown;
  return refused === undefined ? null : fault(`${refused}: Extra inputs are not permitted`);
}

function checkMessages(messages: unknown, isSecondVersion: boolean): AnthropicFault | null {
  if (!Array.isArray(messages)) return fault('messages: Field required');
  if (messages.length === 0) return fault('messages: at least one message is required');
  for (const [index, message] of messages.entries()) {
    const problem = checkMessage(message, `messages.${index}`, isSecondVersion);
    if (problem !== null) return problem;
  }
  return null;
}

function checkMessage(message: unknown, path: string, isSecondVersion: boolean): AnthropicFault | null {
  if (!isObject(message)) return fault(`${path}: Input should be an object`);
  const { role, content } = message;
  // Mid-conversation system messages are part of the second version.
  if (role !== 'user' && role !== 'assistant' && !(role === 'system' && isSecondVersion)) {
    return fault(`${path}.role: Input should be 'user' or 'assistant'`);
  }
  if (content === undefined || content === null) return fault(`${path}.content: Field required`);
  if (typeof content === 'string') return content === '' ? fault(`${path}: content must be non-empty`) : null;
  if (!Array.isArray(content)) return fault(`${path}.content: Input should be a valid list`);
  if (content.length === 0) return fault(`${path}: content must be non-empty`);
  for (const [index, block] of content.entries()) {
    const problem =
      checkBlock(block, `${path}.content.${index}`) ??
      (isSecondVersion ? checkBlockOf2026(block as Json, role, path) : null);
    if (problem !== null) return problem;
  }
  return null;
}

function checkBlock(block: unknown, path: string): AnthropicFault | null {
  if (!isObject(block) || typeof block['type'] !== 'string') return fault(`${path}.type: Field required`);
  if (block['type'] === 'text' && block['text'] === '')
    return fault(`${path}: text content blocks must be non-empty`);
  if (block['type'] === 'thinking' && typeof block['signature'] !== 'string')
    return fault(`${path}.thinking.signature: Field required`);
  if (block['type'] === 'tool_use' && !isObject(block['input']))
    return fault(`${path}.tool_use.input: Input should be an object`);
  return null;
}

function checkBlockOf2026(block: Json, role: unknown, path: string): AnthropicFault | null {
  if (role === 'assistant' && block['type'] === 'document')
    return fault(`${path}.content: document is not permitted in an assistant message`);
  const isCited = Array.isArray(block['citations']) && block['citations'].length > 0;
  return role === 'user' && isCited
    ? fault(`${path}.content: citations are not permitted in a user message`)
    : null;
}

function checkOrder(messages: readonly Json[], strictness: AnthropicStrictness): AnthropicFault | null {
  if (messages[0]?.['role'] !== 'user') return fault('messages: first message must use the "user" role');
  if (strictness.mergesConsecutiveRoles === true) return null;
  const turns = messages.map((message) => message['role']).filter((role) => role !== 'system');
  const index = turns.findIndex((role, at) => at > 0 && role === turns[at - 1]);
  return index === -1
    ? null
    : fault(`messages.${index}: roles must alternate between "user" and "assistant"`);
}

/** Each tool_use is answered in the very next message, and each tool_result answers one of the message before. */
function checkToolPairing(messages: readonly Json[]): AnthropicFault | null {
  for (const [index, message] of messages.entries()) {
    const asked = index === 0 ? [] : listBlockIds(messages[index - 1], 'tool_use', 'id');
    const answered = listBlockIds(message, 'tool_result', 'tool_use_id');
    const stray = answered.find((id) => !asked.includes(id));
    if (stray !== undefined)
      return fault(`messages.${index}: unexpected tool_use_id in tool_result: ${stray}`);
    const missing = asked.find((id) => !answered.includes(id));
    if (missing !== undefined)
      return fault(`messages.${index - 1}: tool_use without a tool_result right after: ${missing}`);
  }
  return null;
}

function listBlockIds(message: Json | undefined, type: string, member: string): string[] {
  return listObjects(message?.['content'])
    .filter((block) => block['type'] === type)
    .map((block) => (typeof block[member] === 'string' ? block[member] : ''));
}

function checkSampling(body: Json): AnthropicFault | null {
  const { temperature } = body;
  if (temperature === undefined || temperature === null) return null;
  const isInRange = typeof temperature === 'number' && temperature >= 0 && temperature <= 1;
  return isInRange ? null : fault('temperature: range: 0..1');
}

function checkThinking(body: Json): AnthropicFault | null {
  const { thinking } = body;
  if (!isObject(thinking) || thinking['type'] !== 'enabled') return null;
  const budget = thinking['budget_tokens'];
  if (typeof budget !== 'number' || budget < 1024)
    return fault('thinking.enabled.budget_tokens: Input should be at least 1024');
  return budget < Number(body['max_tokens'])
    ? null
    : fault('`max_tokens` must be greater than `thinking.budget_tokens`');
}

function checkTools(body: Json): AnthropicFault | null {
  for (const [index, tool] of listObjects(body['tools']).entries()) {
    const isCustom = tool['type'] === undefined || tool['type'] === 'custom';
    if (typeof tool['name'] !== 'string') return fault(`tools.${index}.name: Field required`);
    const schema = tool['input_schema'];
    if (isCustom && !(isObject(schema) && schema['type'] === 'object'))
      return fault(`tools.${index}.input_schema.type: Field required`);
  }
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return null;
  if (!isObject(choice) || !['auto', 'any', 'tool', 'none'].includes(String(choice['type']))) {
    return fault("tool_choice: Input tag should be one of 'auto', 'any', 'tool', 'none'");
  }
  return listObjects(body['tools']).length > 0 || choice['type'] === 'none'
    ? null
    : fault('tool_choice: may only be specified with tools');
}

function fault(message: string): AnthropicFault {
  return { status: 400, message };
}
