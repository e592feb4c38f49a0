import type { NativeChatRequest, NativeMessage, NativePart } from '../../../chat/native-request.js';
import { isJsonObject, type JsonObject } from '../../../common/json.js';
import { createUnsupported } from '../body-reader.js';
import { renderPart } from './render-part.js';

export interface Conversation {
  system: string | JsonObject[] | null;
  messages: JsonObject[];
}

interface Turn {
  role: 'user' | 'assistant';
  /** Come first in a user turn, as the API requires. */
  toolResults: JsonObject[];
  blocks: JsonObject[];
}

/**
 * System prompt and alternating turns. System messages anywhere are collected in their order; neighbours of the same side
 * become one turn; tool results lead theirs. Blank texts, which the API refuses, are left out, and messages that hold
 * nothing else with them.
 */
export function renderConversation(request: NativeChatRequest): Conversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  for (const message of request.messages) {
    if (message.role === 'system') system.push(...renderBlocks(message.parts, request));
    else addToTurn(message, request, turns);
  }
  const messages = turns.map(renderTurn);
  trimPrefill(messages.at(-1));
  if (messages.length === 0) {
    throw createUnsupported(
      'messages',
      'The chosen model needs at least one user message that is not empty.',
    );
  }
  return { system: simplify(system), messages };
}

function addToTurn(message: NativeMessage, request: NativeChatRequest, turns: Turn[]): void {
  const blocks = renderBlocks(message.parts, request);
  if (blocks.length === 0) return;
  const role = message.role === 'assistant' ? 'assistant' : 'user';
  let turn = turns.at(-1);
  if (turn?.role !== role) {
    turn = { role, toolResults: [], blocks: [] };
    turns.push(turn);
  }
  (message.role === 'tool' ? turn.toolResults : turn.blocks).push(...blocks);
}

function renderBlocks(parts: readonly NativePart[], request: NativeChatRequest): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === 'text' && part.text.trim() === '') continue;
    // The API verifies signatures: a thought that another provider had cannot be shown to it.
    if (part.type === 'reasoning' && part.signature === null) continue;
    blocks.push(renderPart(part, request));
  }
  return blocks;
}

function renderTurn(turn: Turn): JsonObject {
  return { role: turn.role, content: simplify([...turn.toolResults, ...turn.blocks]) };
}

/** A lone text without a mark is written as text. */
function simplify(blocks: JsonObject[]): string | JsonObject[] | null {
  if (blocks.length === 0) return null;
  const [only] = blocks;
  const isPlain = blocks.length === 1 && only?.type === 'text' && only.cache_control === undefined;
  return isPlain && typeof only.text === 'string' ? only.text : blocks;
}

/** An answer that the model is to continue must not end with white space. */
function trimPrefill(message: JsonObject | undefined): void {
  if (message?.role !== 'assistant') return;
  const { content } = message;
  if (typeof content === 'string') message.content = content.trimEnd();
  const last = Array.isArray(content) ? content.at(-1) : null;
  if (isJsonObject(last) && last.type === 'text' && typeof last.text === 'string')
    last.text = last.text.trimEnd();
}
