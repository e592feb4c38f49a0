import type { JsonObject } from '../../../../common/json.js';
import type { SimulatedBehaviour } from './parse-simulated-model.js';
import {
  generatePieces,
  type SimulatedFinish,
  type SimulatedPiece,
  type SimulatedPlan,
} from './plan-simulated-answer.js';
import type { SimulatedRequest } from './read-simulated-request.js';

/** All that an answer is rendered from. */
export interface SimulatedExchange {
  request: SimulatedRequest;
  behaviour: SimulatedBehaviour;
  plan: SimulatedPlan;
  /** Echoed as the answer's model. */
  model: string;
  createdAtSeconds: number;
}

interface Counts {
  completion: number;
  reasoning: number;
}

interface Message {
  content: string;
  reasoning: string;
  refusal: string;
  calls: { id: string; name: string; arguments: string }[];
}

/** A whole `chat.completion` and the number of its tokens, which is what its making would have taken time for. */
export function renderSimulatedBody(exchange: SimulatedExchange): { text: string; tokens: number } {
  const counts: Counts = { completion: 0, reasoning: 0 };
  const choices = Array.from({ length: exchange.request.choices }, (_, index) =>
    renderChoice(exchange, index, counts),
  );
  const body: JsonObject = { ...renderHead(exchange, 'chat.completion'), choices };
  if (exchange.behaviour.reportsUsage) body['usage'] = renderUsage(exchange, counts);
  return { text: JSON.stringify(body), tokens: counts.completion };
}

/** The frames of the answer's stream, `[DONE]` included, each made when it is asked for. */
export function* generateFrames(exchange: SimulatedExchange): Generator<string, void> {
  const head = JSON.stringify(renderHead(exchange, 'chat.completion.chunk')).slice(0, -1);
  const showsUsage = exchange.request.includesUsage && exchange.behaviour.reportsUsage;
  const tail = showsUsage ? '],"usage":null}\n\n' : ']}\n\n';
  const counts: Counts = { completion: 0, reasoning: 0 };
  for (let index = 0; index < exchange.request.choices; index += 1) {
    const open = `data: ${head},"choices":[{"index":${index},"delta":`;
    yield `${open}{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}${tail}`;
    const pieces = generatePieces(exchange.request, exchange.behaviour, index);
    let step = pieces.next();
    for (; step.done !== true; step = pieces.next()) {
      count(counts, step.value);
      yield `${open}${renderDelta(step.value)},"logprobs":null,"finish_reason":null}${tail}`;
    }
    yield `${open}{},"logprobs":null,"finish_reason":"${step.value}"}${tail}`;
  }
  if (showsUsage)
    yield `data: ${head},"choices":[],"usage":${JSON.stringify(renderUsage(exchange, counts))}}\n\n`;
  yield 'data: [DONE]\n\n';
}

/** An error body as api.openai.com writes it. */
export function renderSimulatedError(
  status: number,
  code: string | null,
  message: string,
  param: string | null,
): string {
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  return JSON.stringify({ error: { message, type, param, code } });
}

function renderHead({ plan, model, createdAtSeconds }: SimulatedExchange, object: string): JsonObject {
  return {
    id: `chatcmpl-${plan.idSuffix}`,
    object,
    created: createdAtSeconds,
    model,
    service_tier: 'default',
    system_fingerprint: plan.fingerprint,
  };
}

function renderChoice(exchange: SimulatedExchange, index: number, counts: Counts): JsonObject {
  const message: Message = { content: '', reasoning: '', refusal: '', calls: [] };
  const finishReason = collect(exchange, index, message, counts);
  return {
    index,
    message: {
      role: 'assistant',
      content:
        message.content === '' && (message.calls.length > 0 || message.refusal !== '')
          ? null
          : message.content,
      refusal: message.refusal === '' ? null : message.refusal,
      ...(message.reasoning === '' ? {} : { reasoning_content: message.reasoning }),
      ...(message.calls.length === 0 ? {} : { tool_calls: message.calls.map(renderCall) }),
      annotations: [],
    },
    logprobs: null,
    finish_reason: finishReason,
  };
}

function collect(
  exchange: SimulatedExchange,
  index: number,
  message: Message,
  counts: Counts,
): SimulatedFinish {
  const pieces = generatePieces(exchange.request, exchange.behaviour, index);
  let step = pieces.next();
  for (; step.done !== true; step = pieces.next()) {
    count(counts, step.value);
    addPiece(message, step.value);
  }
  return step.value;
}

function addPiece(message: Message, piece: SimulatedPiece): void {
  if (piece.type === 'text') message.content += piece.text;
  else if (piece.type === 'reasoning') message.reasoning += piece.text;
  else if (piece.type === 'refusal') message.refusal += piece.text;
  else if (piece.type === 'tool-call')
    message.calls.push({ id: piece.call.id, name: piece.call.name, arguments: '' });
  else {
    const call = message.calls[piece.index];
    if (call !== undefined) call.arguments += piece.text;
  }
}

function renderCall(call: Message['calls'][number]): JsonObject {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

function renderDelta(piece: SimulatedPiece): string {
  if (piece.type === 'text') return `{"content":${JSON.stringify(piece.text)}}`;
  if (piece.type === 'reasoning') return `{"reasoning_content":${JSON.stringify(piece.text)}}`;
  if (piece.type === 'refusal') return `{"refusal":${JSON.stringify(piece.text)}}`;
  if (piece.type === 'arguments') {
    return `{"tool_calls":[{"index":${piece.index},"function":{"arguments":${JSON.stringify(piece.text)}}}]}`;
  }
  const definition = { name: piece.call.name, arguments: '' };
  return JSON.stringify({
    tool_calls: [{ index: piece.index, id: piece.call.id, type: 'function', function: definition }],
  });
}

function count(counts: Counts, piece: SimulatedPiece): void {
  counts.completion += 1;
  if (piece.type === 'reasoning') counts.reasoning += 1;
}

function renderUsage({ request, behaviour }: SimulatedExchange, counts: Counts): JsonObject {
  return {
    prompt_tokens: request.promptTokens,
    completion_tokens: counts.completion,
    total_tokens: request.promptTokens + counts.completion,
    prompt_tokens_details: {
      cached_tokens: Math.min(behaviour.cachedTokens, request.promptTokens),
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: counts.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
