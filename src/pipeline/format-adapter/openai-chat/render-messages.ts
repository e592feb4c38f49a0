import type { NativeChatRequest, NativeMessage, NativePart } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { renderCacheMark } from '../cache-mark.js';
import { type PartContext, renderPart } from './render-part.js';
import { renderReasoning } from './reasoning-details.js';

type ToolResult = Extract<NativePart, { type: 'tool-result' }>;

/** Stands in a tool message whose result had no text, only what the message after it shows. */
const SHOWN_BELOW = '(The result is attached in the next message.)';

/**
 * Messages of the Chat dialect. A tool message holds text only, so that pictures and documents among tool results go into
 * a user message after the last result. Another dialect's cache marks and reasoning stay out: OpenAI refuses members that
 * it does not know, and no other model can read signed reasoning.
 */
export function renderMessages(request: NativeChatRequest, droppedParams: string[]): JsonObject[] {
  const context: PartContext = {
    request,
    isOwnDialect: request.dialect === 'openai-chat',
    dropped: new Set(),
  };
  const messages: JsonObject[] = [];
  for (const message of request.messages) addMessage(message, context, messages);
  if (hasForeignMarks(request)) context.dropped.add('cache_control');
  droppedParams.push(...context.dropped);
  return messages;
}

function addMessage(message: NativeMessage, context: PartContext, messages: JsonObject[]): void {
  const named = message.name === null ? {} : { name: message.name };
  switch (message.role) {
    case 'tool':
      addToolMessages(message, context, messages);
      return;
    case 'assistant':
      messages.push({ role: 'assistant', ...renderAssistant(message.parts, context), ...named });
      return;
    default:
      messages.push({ role: message.role, content: renderContent(message.parts, context), ...named });
  }
}

function renderContent(parts: readonly NativePart[], context: PartContext): string | JsonObject[] {
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text' && isPlainText(only, context)) return only.text;
  return parts.map((part) => renderPart(part, context));
}

function isPlainText(part: Extract<NativePart, { type: 'text' }>, context: PartContext): boolean {
  return part.refusal !== true && (part.cacheMark === null || !context.isOwnDialect);
}

function renderAssistant(parts: readonly NativePart[], context: PartContext): JsonObject {
  const spoken = parts.filter((part) => part.type !== 'tool-call' && !isReasoning(part));
  const calls = parts.filter((part) => part.type === 'tool-call');
  return {
    content: spoken.length === 0 ? (calls.length === 0 ? '' : null) : renderContent(spoken, context),
    ...(context.isOwnDialect ? renderReasoning(parts) : {}),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => renderToolCall(call, context)) }),
  };
}

function isReasoning(part: NativePart): boolean {
  return part.type === 'reasoning' || part.type === 'reasoning-redacted';
}

function renderToolCall(call: Extract<NativePart, { type: 'tool-call' }>, context: PartContext): JsonObject {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.argumentsJson },
    ...(call.cacheMark === null || !context.isOwnDialect
      ? {}
      : { cache_control: renderCacheMark(call.cacheMark) }),
  };
}

function addToolMessages(message: NativeMessage, context: PartContext, messages: JsonObject[]): void {
  const shown: NativePart[] = [];
  for (const part of message.parts) {
    if (part.type === 'tool-result') messages.push(renderToolMessage(part, context, shown));
  }
  if (shown.length > 0)
    messages.push({ role: 'user', content: shown.map((part) => renderPart(part, context)) });
}

function renderToolMessage(result: ToolResult, context: PartContext, shown: NativePart[]): JsonObject {
  const texts: NativePart[] = [];
  const before = shown.length;
  for (const part of result.content) {
    const isText = part.type === 'text' || (part.type === 'document' && part.source.kind === 'text');
    (isText || context.isOwnDialect ? texts : shown).push(part);
  }
  const hidden = shown.length > before ? SHOWN_BELOW : '';
  return {
    role: 'tool',
    tool_call_id: result.toolCallId,
    content: texts.length === 0 ? hidden : renderContent(texts, context),
    ...(result.cacheMark === null || !context.isOwnDialect
      ? {}
      : { cache_control: renderCacheMark(result.cacheMark) }),
  };
}

function hasForeignMarks(request: NativeChatRequest): boolean {
  if (request.dialect === 'openai-chat') return false;
  if (request.tools.some((tool) => tool.cacheMark !== null)) return true;
  return request.messages.some((message) => message.parts.some(hasMark));
}

function hasMark(part: NativePart): boolean {
  if (part.type === 'tool-result' && part.content.some(hasMark)) return true;
  return 'cacheMark' in part && part.cacheMark !== null;
}
