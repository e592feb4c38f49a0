import type { NativeChatRequest, NativeMessage, NativePart } from '../../../chat/native-request.js';
import { isJsonObject, type JsonObject } from '../../../common/json.js';
import { createUnsupported } from '../body-reader.js';
import { type PartContext, renderPart } from './render-part.js';

export interface Conversation {
  system: string | JsonObject[] | null;
  messages: JsonObject[];
}

interface Turn {
  role: 'user' | 'assistant' | 'system';
  /** Come first in a user turn, as the API requires. */
  toolResults: JsonObject[];
  blocks: JsonObject[];
}

/**
 * System prompt and alternating turns. Another dialect's system messages are collected in their order, wherever they stand:
 * not all models take them between turns. Neighbours of the same side become one turn; tool results lead theirs. Blank
 * texts, which the API refuses, are left out, and messages that hold nothing else with them.
 */
export function renderConversation(request: NativeChatRequest, dropped: Set<string>): Conversation {
  const context: PartContext = { request, dropped };
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  for (const message of request.messages) {
    const isPrompt =
      message.role === 'system' && (request.dialect !== 'anthropic-messages' || turns.length === 0);
    if (isPrompt) addBlocks(message.parts, context, system);
    else addToTurn(message, context, turns);
    if (message.name !== null) dropped.add('name');
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

function addToTurn(message: NativeMessage, context: PartContext, turns: Turn[]): void {
  const blocks: JsonObject[] = [];
  addBlocks(message.parts, context, blocks);
  if (message.role === 'assistant') dropTrailingThoughts(blocks);
  if (blocks.length === 0) return;
  const role = message.role === 'tool' ? 'user' : message.role;
  let turn = turns.at(-1);
  if (turn?.role !== role) {
    turn = { role, toolResults: [], blocks: [] };
    turns.push(turn);
  }
  const side = message.role === 'tool' ? turn.toolResults : turn.blocks;
  for (const block of blocks) side.push(block);
}

function addBlocks(parts: readonly NativePart[], context: PartContext, blocks: JsonObject[]): void {
  for (const part of parts) {
    if (part.type === 'text' && part.text.trim() === '') continue;
    // The API verifies signatures: a thought that another provider had cannot be shown to it.
    if (part.type === 'reasoning' && part.signature === null) context.dropped.add('reasoning_content');
    else blocks.push(renderPart(part, context));
  }
}

/** Thoughts of an answer that was cut before it said anything; the API refuses messages that end with one. */
function dropTrailingThoughts(blocks: JsonObject[]): void {
  while (isThought(blocks.at(-1))) blocks.pop();
}

function isThought(block: JsonObject | undefined): boolean {
  return block?.type === 'thinking' || block?.type === 'redacted_thinking';
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
