import { type UpstreamBehaviour, findScriptedBehaviour } from '../behaviour.ts';
import type { UpstreamAnswer } from '../deliver-answer.ts';
import { buildId } from '../deterministic-text.ts';
import { encodeFrames, type FrameStyle, renderJson } from '../frames.ts';
import { findPrompt, isObject, type Json } from '../json-shape.ts';
import type { DialectAnswer, DialectContext, RecordedRequest, UpstreamDialect } from '../upstream-server.ts';
import {
  type AnthropicFault,
  answerAnthropicError,
  buildAnthropicError,
  readScriptedFault,
} from './anthropic-errors.ts';
import {
  buildAnthropicBody,
  buildAnthropicFrames,
  countAnthropicTokens,
  planAnthropicMessage,
} from './build-anthropic-message.ts';
import {
  type AnthropicStrictness,
  checkAnthropicRequest,
  checkAnthropicVersion,
} from './check-anthropic-request.ts';

const MODELS = ['claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-opus-5-5'];

/** Messages, count_tokens and models as api.anthropic.com serves them. */
export function createAnthropicDialect(strictness: AnthropicStrictness): UpstreamDialect {
  return {
    answer(request, context) {
      const headers = buildHeaders(request);
      const [path = ''] = request.url.split('?');
      const refusal = checkCredential(request, context.apiKey) ?? checkAnthropicVersion(request.headers);
      if (refusal !== null) return plain(answerAnthropicError(refusal, headers));
      const isPost = request.method === 'POST';
      if (!isPost && path.startsWith('/v1/models')) return answerModels(path, headers);
      if (isPost && path === '/v1/messages') return answerMessages(request, context, headers, strictness);
      if (isPost && path === '/v1/messages/count_tokens')
        return answerCount(request, context, headers, strictness);
      return plain(answerAnthropicError({ status: 404, message: 'Not Found' }, headers));
    },
  };
}

function answerMessages(
  request: RecordedRequest,
  context: DialectContext,
  headers: Record<string, string>,
  strictness: AnthropicStrictness,
): DialectAnswer {
  const { body, behaviour } = readScript(request, context);
  const early = answerScripted(behaviour, headers);
  if (early !== null) return { answer: early, behaviour };
  const problem = checkAnthropicRequest(request, true, strictness);
  if (problem !== null) return { answer: answerAnthropicError(problem, headers), behaviour };
  return { answer: answerMessage(body, behaviour, headers), behaviour };
}

function answerCount(
  request: RecordedRequest,
  context: DialectContext,
  headers: Record<string, string>,
  strictness: AnthropicStrictness,
): DialectAnswer {
  const { body, behaviour } = readScript(request, context);
  const early = answerScripted(behaviour, headers);
  if (early !== null) return { answer: early, behaviour };
  const problem = checkAnthropicRequest(request, false, strictness);
  if (problem !== null) return { answer: answerAnthropicError(problem, headers), behaviour };
  return {
    answer: answerJson(renderJson({ input_tokens: countAnthropicTokens(body) }, behaviour), headers),
    behaviour,
  };
}

function readScript(
  request: RecordedRequest,
  context: DialectContext,
): { body: Json; behaviour: UpstreamBehaviour } {
  const body: Json = isObject(request.json) ? request.json : {};
  const scripted =
    context.takeQueued() ?? findScriptedBehaviour(findPrompt(body['messages']), String(body['model']));
  return { body, behaviour: scripted ?? context.defaultBehaviour };
}

function answerMessage(
  body: Json,
  behaviour: UpstreamBehaviour,
  headers: Record<string, string>,
): UpstreamAnswer {
  const message = planAnthropicMessage(body, behaviour);
  if (body['stream'] === true) {
    const chunks = encodeFrames(buildAnthropicFrames(message, behaviour), behaviour, buildStyle(headers));
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'text/event-stream; charset=utf-8' },
      chunks,
      streams: true,
    };
  }
  const text = renderJson(buildAnthropicBody(message, behaviour), behaviour);
  return answerJson(behaviour.malformedAtFrame === undefined ? text : text.slice(0, -20), headers);
}

function buildStyle(headers: Record<string, string>): FrameStyle {
  return {
    hasPingEvents: true,
    buildError: (behaviour) => ({
      event: 'error',
      data: buildAnthropicError(
        readScriptedFault(behaviour.status ?? 529, behaviour),
        headers['request-id'] ?? '',
      ),
    }),
  };
}

/** Answers that the behaviour gives without looking at the request. */
function answerScripted(
  behaviour: UpstreamBehaviour,
  headers: Record<string, string>,
): UpstreamAnswer | null {
  if (behaviour.redirect !== undefined) {
    return { status: 307, headers: { ...headers, location: behaviour.redirect }, chunks: [], streams: false };
  }
  if (behaviour.rawBody !== undefined) {
    const contentType = behaviour.rawContentType ?? 'application/json';
    const chunks = [Buffer.from(behaviour.rawBody, 'utf8')];
    const streams = contentType.startsWith('text/event-stream');
    return {
      status: behaviour.status ?? 200,
      headers: { ...headers, 'content-type': contentType },
      chunks,
      streams,
    };
  }
  if (behaviour.status === undefined || behaviour.errorAfterFrames !== undefined) return null;
  const retry: Record<string, string> =
    behaviour.retryAfterSeconds === undefined ? {} : { 'retry-after': String(behaviour.retryAfterSeconds) };
  return answerAnthropicError(readScriptedFault(behaviour.status, behaviour), { ...headers, ...retry });
}

function answerModels(path: string, headers: Record<string, string>): DialectAnswer {
  const id = decodeURIComponent(path.slice('/v1/models'.length + 1));
  const render = (name: string): object => ({
    type: 'model',
    id: name,
    display_name: name,
    created_at: '2025-09-29T00:00:00Z',
  });
  if (id === '') {
    const list = { data: MODELS.map(render), has_more: false, first_id: MODELS[0], last_id: MODELS.at(-1) };
    return plain(answerJson(JSON.stringify(list), headers));
  }
  if (MODELS.includes(id)) return plain(answerJson(JSON.stringify(render(id)), headers));
  return plain(answerAnthropicError({ status: 404, message: `model: ${id}` }, headers));
}

function checkCredential(request: RecordedRequest, apiKey: string | null): AnthropicFault | null {
  const bearer = request.headers.authorization?.replace(/^Bearer /u, '');
  const key = request.headers['x-api-key'] ?? bearer ?? '';
  if (key === '') return { status: 401, message: 'x-api-key header is required' };
  return apiKey === null || key === apiKey ? null : { status: 401, message: 'invalid x-api-key' };
}

function plain(answer: UpstreamAnswer): DialectAnswer {
  return { answer, behaviour: {} };
}

function answerJson(text: string, headers: Record<string, string>): UpstreamAnswer {
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'application/json' },
    chunks: [Buffer.from(text)],
    streams: false,
  };
}

function buildHeaders(request: RecordedRequest): Record<string, string> {
  const reset = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/u, 'Z');
  const headers: Record<string, string> = {
    'request-id': buildId('req_011', `${request.body.toString('latin1')}${Math.random()}`),
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'cf-ray': '9f0000000000-AMS',
  };
  for (const kind of ['requests', 'tokens', 'input-tokens', 'output-tokens']) {
    headers[`anthropic-ratelimit-${kind}-limit`] = '400000';
    headers[`anthropic-ratelimit-${kind}-remaining`] = '399000';
    headers[`anthropic-ratelimit-${kind}-reset`] = reset;
  }
  return headers;
}
