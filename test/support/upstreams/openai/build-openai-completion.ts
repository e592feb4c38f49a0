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

/** All that a completion is made of; the whole and the streamed form come from the same one. */
export interface OpenAiCompletion {
  id: string;
  created: number;
  model: string;
  text: string | null;
  refusal: string | null;
  reasoning: string | null;
  calls: { id: string; name: string; arguments: string }[];
  finishReason: string;
  usage: object;
  choices: number;
}

export function planOpenAiCompletion(body: Json, behaviour: UpstreamBehaviour): OpenAiCompletion {
  const prompt = findPrompt(body['messages']);
  const calls = planCalls(body, behaviour);
  const isSilent = calls.length > 0 || behaviour.refusal !== undefined;
  const limit = readLimit(body);
  const words = splitText(behaviour.text ?? buildAnswerText(prompt, behaviour));
  const text = isSilent ? (behaviour.text ?? null) : words.slice(0, limit).join('');
  const natural = calls.length > 0 ? 'tool_calls' : !isSilent && words.length > limit ? 'length' : 'stop';
  return {
    id: buildId('chatcmpl-', JSON.stringify(body)),
    created: Math.floor(Date.now() / 1_000),
    model: String(body['model']),
    text,
    refusal: behaviour.refusal ?? null,
    reasoning: behaviour.reasoning ?? null,
    calls,
    finishReason: behaviour.finishReason ?? natural,
    usage: buildUsage(body, behaviour, text ?? '', calls),
    choices: typeof body['n'] === 'number' ? body['n'] : 1,
  };
}

export function buildOpenAiBody(completion: OpenAiCompletion, behaviour: UpstreamBehaviour): object {
  const message = {
    role: 'assistant',
    content: completion.text,
    refusal: completion.refusal,
    ...(completion.reasoning === null ? {} : { reasoning_content: completion.reasoning }),
    ...(completion.calls.length === 0 ? {} : { tool_calls: completion.calls.map(renderCall) }),
    annotations: [],
  };
  const choices = Array.from({ length: completion.choices }, (_, index) => ({
    index,
    message,
    logprobs: null,
    finish_reason: completion.finishReason,
  }));
  return {
    ...buildHead(completion, 'chat.completion'),
    choices,
    ...(behaviour.noUsage === true ? {} : { usage: completion.usage }),
    service_tier: 'default',
    system_fingerprint: 'fp_0f1e2d3c4b',
  };
}

export function buildOpenAiFrames(
  completion: OpenAiCompletion,
  body: Json,
  behaviour: UpstreamBehaviour,
): Frame[] {
  const options = body['stream_options'];
  const showsUsage = isObject(options) && options['include_usage'] === true && behaviour.noUsage !== true;
  const chunk = (choices: object[], usage: object | null = null): Frame => ({
    event: null,
    data: {
      ...buildHead(completion, 'chat.completion.chunk'),
      service_tier: 'default',
      system_fingerprint: 'fp_0f1e2d3c4b',
      choices,
      ...(showsUsage ? { usage } : {}),
    },
  });
  const frames: Frame[] = [];
  for (let index = 0; index < completion.choices; index += 1) {
    for (const delta of listDeltas(completion, behaviour)) {
      frames.push(chunk([{ index, delta, logprobs: null, finish_reason: null }]));
    }
    frames.push(chunk([{ index, delta: {}, logprobs: null, finish_reason: completion.finishReason }]));
  }
  if (showsUsage) frames.push(chunk([], completion.usage));
  frames.push({ event: null, data: '[DONE]' });
  return frames;
}

function listDeltas(completion: OpenAiCompletion, behaviour: UpstreamBehaviour): object[] {
  const content = completion.calls.length > 0 && completion.text === null ? null : '';
  const deltas: object[] = [{ role: 'assistant', content, refusal: null }];
  for (const word of splitText(completion.reasoning ?? '')) deltas.push({ reasoning_content: word });
  for (const word of splitText(completion.text ?? '')) deltas.push({ content: word });
  for (const word of splitText(completion.refusal ?? '')) deltas.push({ refusal: word });
  completion.calls.forEach((call, index) => {
    const { id, name } = call;
    deltas.push({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
    for (const fragment of splitEvery(call.arguments, behaviour.argumentFragmentLength ?? 6)) {
      deltas.push({ tool_calls: [{ index, function: { arguments: fragment } }] });
    }
  });
  return deltas;
}

function buildHead(completion: OpenAiCompletion, object: string): object {
  return { id: completion.id, object, created: completion.created, model: completion.model };
}

function buildAnswerText(prompt: string, behaviour: UpstreamBehaviour): string {
  const text = buildText(prompt, behaviour.tokens ?? DEFAULT_TOKENS);
  return behaviour.minBodyBytes === undefined ? text : text.padEnd(behaviour.minBodyBytes, ' lorem');
}

/** Calls come from the behaviour, or from a `tool_choice` that demands one. */
function planCalls(body: Json, behaviour: UpstreamBehaviour): OpenAiCompletion['calls'] {
  const asked = behaviour.toolCalls ?? listDemandedCalls(body);
  return asked.map((call, index) => ({
    id: buildId('call_', `${index}${call.name}`),
    name: call.name,
    arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
  }));
}

function listDemandedCalls(body: Json): { name: string; arguments: unknown }[] {
  const choice = body['tool_choice'];
  const named = isObject(choice) && isObject(choice['function']) ? choice['function']['name'] : undefined;
  if (typeof named === 'string') return [{ name: named, arguments: {} }];
  const first = listObjects(body['tools'])[0]?.['function'];
  return choice === 'required' && isObject(first) ? [{ name: String(first['name']), arguments: {} }] : [];
}

function renderCall(call: OpenAiCompletion['calls'][number]): object {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

function buildUsage(
  body: Json,
  behaviour: UpstreamBehaviour,
  text: string,
  calls: OpenAiCompletion['calls'],
): object {
  const promptTokens =
    estimateTokens(body['messages']) + (behaviour.cachedTokens ?? 0) + (behaviour.cacheWriteTokens ?? 0);
  const reasoningTokens = splitText(behaviour.reasoning ?? '').length;
  const callTokens = calls.reduce((sum, call) => sum + estimateTokens(call.arguments), 0);
  const completionTokens =
    splitText(text).length + reasoningTokens + callTokens + estimateTokens(behaviour.refusal ?? '');
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: {
      cached_tokens: behaviour.cachedTokens ?? 0,
      audio_tokens: 0,
      ...(behaviour.cacheWriteTokens === undefined ? {} : { cache_write_tokens: behaviour.cacheWriteTokens }),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function readLimit(body: Json): number {
  const limit = body['max_completion_tokens'] ?? body['max_tokens'];
  return typeof limit === 'number' ? limit : Infinity;
}
