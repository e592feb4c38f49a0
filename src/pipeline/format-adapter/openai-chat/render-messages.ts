import type { NativeChatRequest, NativeMessage, NativePart } from '../../../chat/native-request.js';
import type { JsonObject } from '../../../common/json.js';
import { renderCacheMark } from '../cache-mark.js';
import { takesCacheBreakpoints } from './model-traits.js';
import { type PartContext, renderPart } from './render-part.js';
import { renderReasoning } from './reasoning-details.js';

type ToolResult = Extract<NativePart, { type: 'tool-result' }>;
type ToolCall = Extract<NativePart, { type: 'tool-call' }>;

/** Stands in a tool message whose result had no text, only what the message after it shows. */
const SHOWN_BELOW = '(The result is attached in the next message.)';

/**
 * Messages of the Chat dialect. A tool message holds text only, so that pictures and documents among tool results go into
 * a user message after the last result. Another dialect's reasoning stays out: OpenAI refuses members that it does not
 * know, and no other model can read signed reasoning.
 */
export function renderMessages(
  request: NativeChatRequest,
  upstreamModel: string,
  dropped: Set<string>,
): JsonObject[] {
  const context: PartContext = {
    request,
    isOwnDialect: request.dialect === 'openai-chat',
    takesBreakpoints: takesCacheBreakpoints(upstreamModel),
    dropped,
  };
  const messages: JsonObject[] = [];
  for (const message of request.messages) addMessage(message, context, messages);
  return messages;
}

function addMessage(message: NativeMessage, context: PartContext, messages: JsonObject[]): void {
  switch (message.role) {
    case 'tool':
      addToolMessages(message, context, messages);
      return;
    case 'assistant':
      messages.push({ role: 'assistant', ...renderAssistant(message.parts, context), ...nameOf(message) });
      return;
    default:
      messages.push({
        role: message.role,
        content: renderContent(message.parts, context),
        ...nameOf(message),
      });
  }
}

function renderContent(parts: readonly NativePart[], context: PartContext): string | JsonObject[] {
  const rendered = parts.map((part) => renderPart(part, context));
  const bareText = rendered.length === 1 ? findBareText(rendered[0]) : null;
  return bareText ?? rendered;
}

/** The text of a part that says nothing else, such as one whose mark this model does not take. */
function findBareText(part: JsonObject | undefined): string | null {
  const isBare = part !== undefined && Object.keys(part).length === 2;
  return isBare && typeof part.text === 'string' ? part.text : null;
}

function renderAssistant(parts: readonly NativePart[], context: PartContext): JsonObject {
  const spoken: NativePart[] = [];
  const calls: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === 'tool-call') calls.push(renderToolCall(part, context));
    else if (!isReasoning(part)) spoken.push(part);
    else if (!context.isOwnDialect) context.dropped.add('messages.thinking');
  }
  return {
    content: spoken.length === 0 ? (calls.length === 0 ? '' : null) : renderContent(spoken, context),
    ...(context.isOwnDialect ? renderReasoning(parts) : {}),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function isReasoning(part: NativePart): boolean {
  return part.type === 'reasoning' || part.type === 'reasoning-redacted';
}

function renderToolCall(call: ToolCall, context: PartContext): JsonObject {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.argumentsJson },
    ...renderOuterMark(call, context),
  };
}

/** Calls and results as such have no mark in this dialect, but by the convention of some of its clients. */
function renderOuterMark(part: ToolCall | ToolResult, context: PartContext): JsonObject {
  if (part.cacheMark === null) return {};
  if (context.isOwnDialect) return { cache_control: renderCacheMark(part.cacheMark) };
  context.dropped.add('cache_control');
  return {};
}

function addToolMessages(message: NativeMessage, context: PartContext, messages: JsonObject[]): void {
  const shown: NativePart[] = [];
  for (const part of message.parts) {
    if (part.type === 'tool-result')
      messages.push({ ...renderToolMessage(part, context, shown), ...nameOf(message) });
  }
  if (shown.length > 0)
    messages.push({ role: 'user', content: shown.map((part) => renderPart(part, context)) });
}

function nameOf(message: NativeMessage): JsonObject {
  return message.name === null ? {} : { name: message.name };
}

function renderToolMessage(result: ToolResult, context: PartContext, shown: NativePart[]): JsonObject {
  const texts: NativePart[] = [];
  const before = shown.length;
  for (const part of result.content) {
    const isText = part.type === 'text' || (part.type === 'document' && part.source.kind === 'text');
    (isText || context.isOwnDialect ? texts : shown).push(part);
  }
  if (result.isError) context.dropped.add('is_error');
  const hidden = shown.length > before ? SHOWN_BELOW : '';
  return {
    role: 'tool',
    tool_call_id: result.toolCallId,
    content: texts.length === 0 ? hidden : renderContent(texts, context),
    ...renderOuterMark(result, context),
  };
}
