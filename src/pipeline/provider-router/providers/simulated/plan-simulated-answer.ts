import { generateSchemaValue } from './generate-schema-value.js';
import { generateText, splitIntoPieces } from './generate-text.js';
import type { SimulatedBehaviour, SimulatedFault } from './parse-simulated-model.js';
import type { SimulatedRequest, SimulatedTool } from './read-simulated-request.js';
import { SeededRandom } from './seeded-random.js';

export interface SimulatedToolCall {
  id: string;
  name: string;
  argumentsJson: string;
}

/** One piece of an answer, about a token of it. */
export type SimulatedPiece =
  | { type: 'reasoning'; text: string }
  | { type: 'text'; text: string }
  | { type: 'refusal'; text: string }
  | { type: 'tool-call'; index: number; call: SimulatedToolCall }
  | { type: 'arguments'; index: number; text: string };

export type SimulatedFinish = 'stop' | 'length' | 'tool_calls';

export interface SimulatedPlan {
  /** Wait before the first byte, jitter included. */
  latencyMs: number;
  /** Null also where the request is outside the fault's share. */
  fault: SimulatedFault | null;
  idSuffix: string;
  fingerprint: string;
}

const MIN_TOKENS = 24;
const TOKENS_SPREAD = 24;
const REFUSAL = 'The simulated model refuses to answer this.';

/** Decides everything that does not depend on the choice; the same request always gets the same plan. */
export function planSimulatedAnswer(request: SimulatedRequest, behaviour: SimulatedBehaviour): SimulatedPlan {
  const random = new SeededRandom(request.hash);
  const latencyMs = behaviour.latencyMs + behaviour.jitterMs * random.next();
  const isHit = random.next() < behaviour.faultShare;
  return {
    latencyMs,
    fault: isHit ? behaviour.fault : null,
    idSuffix: random.nextHex(24),
    fingerprint: `fp_${random.nextHex(10)}`,
  };
}

/**
 * The pieces of one choice, made while they are asked for; the generator's return value is the finish reason.
 * `max_tokens` counts every piece, reasoning included, as providers do.
 */
export function* generatePieces(
  request: SimulatedRequest,
  behaviour: SimulatedBehaviour,
  choice: number,
): Generator<SimulatedPiece, SimulatedFinish> {
  const random = new SeededRandom(request.hash ^ Math.imul(choice + 1, 0x9e3779b1));
  let left = request.maxTokens;
  for (const piece of chain(request, behaviour, random)) {
    if (left === 0) return 'length';
    left -= 1;
    yield piece;
  }
  return isCallingTools(request, behaviour) ? 'tool_calls' : 'stop';
}

function chain(
  request: SimulatedRequest,
  behaviour: SimulatedBehaviour,
  random: SeededRandom,
): Iterable<SimulatedPiece> {
  const reasoning = label('reasoning', generateText(random, request.prompt, behaviour.reasoningTokens));
  return concat(reasoning, generateBody(request, behaviour, random));
}

function generateBody(
  request: SimulatedRequest,
  behaviour: SimulatedBehaviour,
  random: SeededRandom,
): Iterable<SimulatedPiece> {
  if (behaviour.refuses) return label('refusal', splitIntoPieces(REFUSAL));
  if (isCallingTools(request, behaviour))
    return generateToolCalls(chooseTools(request, behaviour, random), random);
  return label('text', stopAt(generateContent(request, behaviour, random), request.stopSequences));
}

function generateContent(
  request: SimulatedRequest,
  behaviour: SimulatedBehaviour,
  random: SeededRandom,
): Iterable<string> {
  if (request.format.type === 'json-schema') {
    return splitIntoPieces(JSON.stringify(generateSchemaValue(request.format.schema, random)));
  }
  const tokens = behaviour.outputTokens ?? MIN_TOKENS + random.nextBelow(TOKENS_SPREAD);
  if (request.format.type === 'text') return generateText(random, request.prompt, tokens);
  return splitIntoPieces(
    JSON.stringify({ answer: [...generateText(random, request.prompt, tokens)].join('') }),
  );
}

/** Tools are called when the request demands it, the model name says so, or the prompt names one of them. */
function isCallingTools(request: SimulatedRequest, behaviour: SimulatedBehaviour): boolean {
  if (request.tools.length === 0 || request.toolDemand === 'none') return false;
  if (request.toolDemand !== 'auto') return true;
  if (request.answersToolResult) return false;
  return behaviour.toolCalls > 0 || request.tools.some((tool) => request.prompt.includes(tool.name));
}

function chooseTools(
  request: SimulatedRequest,
  behaviour: SimulatedBehaviour,
  random: SeededRandom,
): SimulatedTool[] {
  const { tools, toolDemand, prompt } = request;
  const demanded =
    typeof toolDemand === 'object' ? tools.filter((tool) => tool.name === toolDemand.name) : [];
  const named = tools.filter((tool) => prompt.includes(tool.name));
  const candidates = [demanded, named, tools].find((list) => list.length > 0) ?? tools;
  const isForcedAlone = demanded.length > 0 && behaviour.toolCalls === 0;
  const wanted =
    behaviour.toolCalls > 0 ? behaviour.toolCalls : Math.max(1, isForcedAlone ? 1 : named.length);
  const count = request.allowsParallelTools ? wanted : 1;
  const start = named.length > 0 ? 0 : random.nextBelow(candidates.length);
  return Array.from(
    { length: count },
    (_, index) => candidates[(start + index) % candidates.length] as SimulatedTool,
  );
}

function* generateToolCalls(
  tools: readonly SimulatedTool[],
  random: SeededRandom,
): Generator<SimulatedPiece> {
  for (const [index, tool] of tools.entries()) {
    const value = generateSchemaValue(tool.parameters ?? { type: 'object' }, random);
    const call = { id: `call_${random.nextHex(24)}`, name: tool.name, argumentsJson: JSON.stringify(value) };
    yield { type: 'tool-call', index, call };
    for (const text of splitIntoPieces(call.argumentsJson)) yield { type: 'arguments', index, text };
  }
}

/**
 * Ends the text before the first stop sequence. Holds back only what may be the beginning of one, at most the longest
 * sequence's length.
 */
function* stopAt(pieces: Iterable<string>, stopSequences: readonly string[]): Generator<string> {
  if (stopSequences.length === 0) {
    yield* pieces;
    return;
  }
  const holdBack = Math.max(...stopSequences.map((stop) => stop.length)) - 1;
  let held = '';
  for (const piece of pieces) {
    held += piece;
    const stops = stopSequences.map((stop) => held.indexOf(stop)).filter((index) => index !== -1);
    if (stops.length > 0) {
      const rest = held.slice(0, Math.min(...stops));
      if (rest !== '') yield rest;
      return;
    }
    const safe = held.length - holdBack;
    if (safe > 0) {
      yield held.slice(0, safe);
      held = held.slice(safe);
    }
  }
  if (held !== '') yield held;
}

function* label(type: 'reasoning' | 'text' | 'refusal', texts: Iterable<string>): Generator<SimulatedPiece> {
  for (const text of texts) yield { type, text };
}

function* concat<Item>(first: Iterable<Item>, second: Iterable<Item>): Generator<Item> {
  yield* first;
  yield* second;
}
