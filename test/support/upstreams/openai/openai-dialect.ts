import type { UpstreamBehaviour } from '../behaviour.ts';
import type { UpstreamAnswer } from '../deliver-answer.ts';
import { buildId, estimateTokens } from '../deterministic-text.ts';
import { encodeFrames, type FrameStyle, renderJson } from '../frames.ts';
import { isObject, type Json } from '../json-shape.ts';
import { answerFrames, answerScripted, answerText, readScript } from '../scripted-answers.ts';
import type { DialectAnswer, DialectContext, RecordedRequest, UpstreamDialect } from '../upstream-server.ts';
import { buildOpenAiBody, buildOpenAiFrames, planOpenAiCompletion } from './build-openai-completion.ts';
import { checkOpenAiRequest } from './check-openai-request.ts';
import { answerOpenAiError, buildOpenAiError, type OpenAiFault, readScriptedFault } from './openai-errors.ts';

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-5', 'text-embedding-3-small'];

const STYLE: FrameStyle = {
  hasPingEvents: false,
  buildError: (behaviour) => ({
    event: null,
    data: buildOpenAiError(readScriptedFault(behaviour.status ?? 500, behaviour)),
  }),
};

/** Chat Completions, embeddings and models as api.openai.com serves them. */
export const OPENAI_DIALECT: UpstreamDialect = {
  answer(request, context) {
    const headers = buildHeaders(request);
    const [path = ''] = request.url.split('?');
    const refusal = checkCredential(request, context.apiKey);
    if (refusal !== null) return { answer: answerOpenAiError(refusal, headers), behaviour: {} };
    if (request.method === 'GET' && path.startsWith('/v1/models')) return answerModels(path, headers);
    if (request.method === 'POST' && path === '/v1/chat/completions')
      return answerChat(request, context, headers);
    if (request.method === 'POST' && path === '/v1/embeddings') return answerEmbeddings(request, headers);
    const message = `Invalid URL (${request.method} ${path})`;
    return { answer: answerOpenAiError({ status: 404, message, code: null }, headers), behaviour: {} };
  },
};

function answerChat(
  request: RecordedRequest,
  context: DialectContext,
  headers: Record<string, string>,
): DialectAnswer {
  const { body, behaviour } = readScript(request, context);
  const early = answerScripted(behaviour, headers, (status, more) =>
    answerOpenAiError(readScriptedFault(status, behaviour), more),
  );
  if (early !== null) return { answer: early, behaviour };
  const problem = checkOpenAiRequest(request.json);
  if (problem !== null) return { answer: answerOpenAiError(problem, headers), behaviour };
  return { answer: answerCompletion(body, behaviour, headers), behaviour };
}

function answerCompletion(
  body: Json,
  behaviour: UpstreamBehaviour,
  headers: Record<string, string>,
): UpstreamAnswer {
  const completion = planOpenAiCompletion(body, behaviour);
  if (body['stream'] === true) {
    const frames = buildOpenAiFrames(completion, body, behaviour);
    return answerFrames(encodeFrames(frames, behaviour, STYLE), headers);
  }
  const text = renderJson(buildOpenAiBody(completion, behaviour), behaviour);
  return answerText(behaviour.malformedAtFrame === undefined ? text : text.slice(0, -20), headers);
}

function answerModels(path: string, headers: Record<string, string>): DialectAnswer {
  const id = decodeURIComponent(path.slice('/v1/models'.length + 1));
  const render = (name: string): object => ({
    id: name,
    object: 'model',
    created: 1_715_367_049,
    owned_by: 'system',
  });
  if (id === '') return answerJson({ object: 'list', data: MODELS.map(render) }, headers);
  if (MODELS.includes(id)) return answerJson(render(id), headers);
  const message = `The model '${id}' does not exist`;
  return { answer: answerOpenAiError({ status: 404, message, param: 'model' }, headers), behaviour: {} };
}

function answerEmbeddings(request: RecordedRequest, headers: Record<string, string>): DialectAnswer {
  const body: Json = isObject(request.json) ? request.json : {};
  const inputs = [body['input']].flat().filter((input) => input !== undefined);
  if (inputs.length === 0) {
    const fault = { status: 400, message: "Missing required parameter: 'input'.", param: 'input' };
    return { answer: answerOpenAiError(fault, headers), behaviour: {} };
  }
  const data = inputs.map((input, index) => ({
    object: 'embedding',
    index,
    embedding: buildEmbedding(input, body),
  }));
  const tokens = inputs.reduce<number>((sum, input) => sum + estimateTokens(input), 0);
  return answerJson(
    { object: 'list', data, model: body['model'], usage: { prompt_tokens: tokens, total_tokens: tokens } },
    headers,
  );
}

/** Eight numbers that depend on the input. The SDK asks for base64 of 32-bit floats. */
function buildEmbedding(input: unknown, body: Json): number[] | string {
  const seed = buildId('', JSON.stringify(input));
  const numbers = Array.from(
    { length: 8 },
    (_, index) => Number.parseInt(seed.slice(index, index + 2), 16) / 255 - 0.5,
  );
  return body['encoding_format'] === 'base64'
    ? Buffer.from(new Float32Array(numbers).buffer).toString('base64')
    : numbers;
}

function checkCredential(request: RecordedRequest, apiKey: string | null): OpenAiFault | null {
  const header = request.headers.authorization ?? '';
  if (header === '') return { status: 401, message: "You didn't provide an API key.", code: null };
  const key = header.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
  if (key !== '' && (apiKey === null || key === apiKey)) return null;
  return { status: 401, message: 'Incorrect API key provided.', type: 'invalid_request_error' };
}

function answerJson(value: object, headers: Record<string, string>): DialectAnswer {
  return { answer: answerText(JSON.stringify(value), headers), behaviour: {} };
}

function buildHeaders(request: RecordedRequest): Record<string, string> {
  return {
    'x-request-id': buildId('req_', `${request.body.toString('latin1')}${Math.random()}`),
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'openai-organization': 'org-upstream',
    'openai-project': 'proj_upstream',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-tokens': '1999900',
    'x-ratelimit-reset-tokens': '3ms',
    'set-cookie': '__cf_bm=upstream; path=/; HttpOnly',
    'cf-ray': '9f0000000000-AMS',
  };
}
