import type { UpstreamBehaviour } from '../behaviour.ts';
import {
  buildId,
  buildText,
  DEFAULT_TOKENS,
  estimateTokens,
  splitEvery,
  splitText,
} from '../deterministic-text.ts';
import type { Frame } from '../frames.ts';
import { findPrompt, isObject, type Json, listObjects } from '../json-shape.ts';

type Block =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown };

/** All that a message is made of; the whole and the streamed form come from the same one. */
export interface AnthropicMessage {
  id: string;
  model: string;
  blocks: Block[];
  stopReason: string;
  stopSequence: string | null;
  usage: Json;
}

export function planAnthropicMessage(body: Json, behaviour: UpstreamBehaviour): AnthropicMessage {
  const prompt = findPrompt(body['messages']);
  const limit = typeof body['max_tokens'] === 'number' ? body['max_tokens'] : Infinity;
  const calls = planCalls(body, behaviour);
  const blocks = planReasoning(behaviour);
  const words = splitText(behaviour.refusal ?? behaviour.text ?? buildAnswerText(prompt, behaviour));
  if (calls.length === 0 || behaviour.text !== undefined)
    blocks.push({ type: 'text', text: words.slice(0, limit).join('') });
  blocks.push(...calls);
  return {
    id: buildId('msg_01', JSON.stringify(body)),
    model: String(body['model']),
    blocks,
    stopReason: behaviour.finishReason ?? findStopReason(behaviour, calls.length, words.length > limit),
    stopSequence: behaviour.stopSequence ?? null,
    usage: buildUsage(body, behaviour, blocks),
  };
}

export function buildAnthropicBody(message: AnthropicMessage, behaviour: UpstreamBehaviour): object {
  return {
    ...buildHead(message, behaviour),
    content: message.blocks,
    stop_reason: message.stopReason,
    stop_sequence: message.stopSequence,
    ...(behaviour.noUsage === true ? {} : { usage: message.usage }),
  };
}

export function buildAnthropicFrames(message: AnthropicMessage, behaviour: UpstreamBehaviour): Frame[] {
  const frames = [buildStart(message, behaviour)];
  message.blocks.forEach((block, index) => {
    frames.push(frame('content_block_start', { index, content_block: buildEmptyBlock(block) }));
    if (index === 0) frames.push(frame('ping', {}));
    for (const delta of listDeltas(block, behaviour))
      frames.push(frame('content_block_delta', { index, delta }));
    frames.push(frame('content_block_stop', { index }));
  });
  const delta = { stop_reason: message.stopReason, stop_sequence: message.stopSequence };
  const usage = behaviour.noUsage === true ? {} : { usage: buildDeltaUsage(message.usage) };
  frames.push(frame('message_delta', { delta, ...usage }), frame('message_stop', {}));
  return frames;
}

function buildStart(message: AnthropicMessage, behaviour: UpstreamBehaviour): Frame {
  const usage = behaviour.noUsage === true ? {} : { usage: { ...message.usage, output_tokens: 1 } };
  const head = buildHead(message, behaviour);
  return frame('message_start', {
    message: { ...head, content: [], stop_reason: null, stop_sequence: null, ...usage },
  });
}

function frame(event: string, members: object): Frame {
  return { event, data: { type: event, ...members } };
}

function buildHead(message: AnthropicMessage, behaviour: UpstreamBehaviour): object {
  const details =
    behaviour.refusal === undefined
      ? {}
      : { stop_details: { type: 'refusal', category: null, explanation: null } };
  return { id: message.id, type: 'message', role: 'assistant', model: message.model, ...details };
}

function buildEmptyBlock(block: Block): object {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: '' };
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: {} };
    case 'redacted_thinking':
      return block;
  }
}

function listDeltas(block: Block, behaviour: UpstreamBehaviour): object[] {
  switch (block.type) {
    case 'text':
      return splitText(block.text).map((text) => ({ type: 'text_delta', text }));
    case 'thinking':
      return [
        ...splitText(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature },
      ];
    case 'tool_use': {
      const fragments = splitEvery(JSON.stringify(block.input), behaviour.argumentFragmentLength ?? 6);
      return ['', ...fragments].map((partial) => ({ type: 'input_json_delta', partial_json: partial }));
    }
    case 'redacted_thinking':
      return [];
  }
}

function planReasoning(behaviour: UpstreamBehaviour): Block[] {
  const blocks: Block[] = [];
  if (behaviour.reasoning !== undefined) {
    const signature = Buffer.from(`signed:${behaviour.reasoning}`).toString('base64');
    blocks.push({ type: 'thinking', thinking: behaviour.reasoning, signature });
  }
  if (behaviour.redactedReasoning !== undefined)
    blocks.push({ type: 'redacted_thinking', data: behaviour.redactedReasoning });
  return blocks;
}

/** Calls come from the behaviour, or from a `tool_choice` that demands one. */
function planCalls(body: Json, behaviour: UpstreamBehaviour): Block[] {
  return (behaviour.toolCalls ?? listDemandedCalls(body)).map((call, index) => ({
    type: 'tool_use',
    id: buildId('toolu_01', `${index}${call.name}`),
    name: call.name,
    input: call.arguments,
  }));
}

function listDemandedCalls(body: Json): { name: string; arguments: unknown }[] {
  const choice = body['tool_choice'];
  if (!isObject(choice)) return [];
  if (choice['type'] === 'tool') return [{ name: String(choice['name']), arguments: {} }];
  const first = listObjects(body['tools'])[0];
  return choice['type'] === 'any' && first !== undefined
    ? [{ name: String(first['name']), arguments: {} }]
    : [];
}

function findStopReason(behaviour: UpstreamBehaviour, calls: number, isCut: boolean): string {
  if (behaviour.stopSequence !== undefined) return 'stop_sequence';
  if (behaviour.refusal !== undefined) return 'refusal';
  if (calls > 0) return 'tool_use';
  return isCut ? 'max_tokens' : 'end_turn';
}

function buildAnswerText(prompt: string, behaviour: UpstreamBehaviour): string {
  const text = buildText(prompt, behaviour.tokens ?? DEFAULT_TOKENS);
  return behaviour.minBodyBytes === undefined ? text : text.padEnd(behaviour.minBodyBytes, ' lorem');
}

export function countAnthropicTokens(body: Json): number {
  return (
    estimateTokens(body['messages']) +
    estimateTokens(body['system'] ?? '') +
    estimateTokens(body['tools'] ?? '')
  );
}

function buildUsage(body: Json, behaviour: UpstreamBehaviour, blocks: readonly Block[]): Json {
  const write5m = behaviour.cacheWriteTokens ?? 0;
  const write1h = behaviour.cacheWrite1hTokens ?? 0;
  return {
    input_tokens: countAnthropicTokens(body),
    cache_creation_input_tokens: write5m + write1h,
    cache_read_input_tokens: behaviour.cachedTokens ?? 0,
    cache_creation: { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h },
    output_tokens: blocks.reduce((sum, block) => sum + countBlock(block), 0),
    service_tier: 'standard',
  };
}

function countBlock(block: Block): number {
  if (block.type === 'text') return splitText(block.text).length;
  if (block.type === 'thinking') return splitText(block.thinking).length;
  return estimateTokens(block.type === 'tool_use' ? block.input : block.data);
}

function buildDeltaUsage(usage: Json): Json {
  return {
    input_tokens: usage['input_tokens'],
    cache_creation_input_tokens: usage['cache_creation_input_tokens'],
    cache_read_input_tokens: usage['cache_read_input_tokens'],
    output_tokens: usage['output_tokens'],
  };
}
