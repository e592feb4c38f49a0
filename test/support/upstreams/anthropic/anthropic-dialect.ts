import type { UpstreamBehaviour } from '../behaviour.ts';
import type { UpstreamAnswer } from '../deliver-answer.ts';
import { buildId } from '../deterministic-text.ts';
import { encodeFrames, type FrameStyle, renderJson } from '../frames.ts';
import type { Json } from '../json-shape.ts';
import { answerFrames, answerScripted, answerText, readScript } from '../scripted-answers.ts';
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
      if (isPost && path === '/v1/messages') {
        return answerRequest(request, context, {
          headers,
          check: () => checkAnthropicRequest(request, true, strictness),
          render: (body, behaviour) => answerMessage(body, behaviour, headers),
        });
      }
      if (isPost && path === '/v1/messages/count_tokens') {
        return answerRequest(request, context, {
          headers,
          check: () => checkAnthropicRequest(request, false, strictness),
          render: (body, behaviour) =>
            answerText(renderJson({ input_tokens: countAnthropicTokens(body) }, behaviour), headers),
        });
      }
      return plain(answerAnthropicError({ status: 404, message: 'Not Found' }, headers));
    },
  };
}

/** Both routes that take a request: what was scripted, what is wrong with it, else what `render` makes of it. */
function answerRequest(
  request: RecordedRequest,
  context: DialectContext,
  route: {
    headers: Record<string, string>;
    check: () => AnthropicFault | null;
    render: (body: Json, behaviour: UpstreamBehaviour) => UpstreamAnswer;
  },
): DialectAnswer {
  const { headers } = route;
  const { body, behaviour } = readScript(request, context);
  const early = answerScripted(behaviour, headers, (status, more) =>
    answerAnthropicError(readScriptedFault(status, behaviour), more),
  );
  if (early !== null) return { answer: early, behaviour };
  const problem = route.check();
  if (problem !== null) return { answer: answerAnthropicError(problem, headers), behaviour };
  return { answer: route.render(body, behaviour), behaviour };
}

function answerMessage(
  body: Json,
  behaviour: UpstreamBehaviour,
  headers: Record<string, string>,
): UpstreamAnswer {
  const message = planAnthropicMessage(body, behaviour);
  if (body['stream'] === true) {
    const chunks = encodeFrames(buildAnthropicFrames(message, behaviour), behaviour, buildStyle(headers));
    return answerFrames(chunks, headers);
  }
  const text = renderJson(buildAnthropicBody(message, behaviour), behaviour);
  return answerText(behaviour.malformedAtFrame === undefined ? text : text.slice(0, -20), headers);
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
    return plain(answerText(JSON.stringify(list), headers));
  }
  if (MODELS.includes(id)) return plain(answerText(JSON.stringify(render(id)), headers));
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
