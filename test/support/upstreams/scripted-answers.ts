import { findScriptedBehaviour, type UpstreamBehaviour } from './behaviour.ts';
import type { UpstreamAnswer } from './deliver-answer.ts';
import { findPrompt, isObject, type Json } from './json-shape.ts';
import type { DialectContext, RecordedRequest } from './upstream-server.ts';

type Headers = Record<string, string>;

/** The request's body and how it is to be treated. */
export function readScript(
  request: RecordedRequest,
  context: DialectContext,
): { body: Json; behaviour: UpstreamBehaviour } {
  const body: Json = isObject(request.json) ? request.json : {};
  const scripted =
    context.takeQueued() ?? findScriptedBehaviour(findPrompt(body['messages']), String(body['model']));
  return { body, behaviour: scripted ?? context.defaultBehaviour };
}

/**
 * Answers that the behaviour gives without looking at the request; null where it gives none.
 * @param answerError the dialect's own error of a status.
 */
export function answerScripted(
  behaviour: UpstreamBehaviour,
  headers: Headers,
  answerError: (status: number, headers: Headers) => UpstreamAnswer,
): UpstreamAnswer | null {
  if (behaviour.redirect !== undefined) {
    return { status: 307, headers: { ...headers, location: behaviour.redirect }, chunks: [], streams: false };
  }
  if (behaviour.rawBody !== undefined) {
    const contentType = behaviour.rawContentType ?? 'application/json';
    return {
      status: behaviour.status ?? 200,
      headers: { ...headers, 'content-type': contentType },
      chunks: [Buffer.from(behaviour.rawBody, 'utf8')],
      streams: contentType.startsWith('text/event-stream'),
    };
  }
  if (behaviour.status === undefined || behaviour.errorAfterFrames !== undefined) return null;
  const retry: Headers =
    behaviour.retryAfterSeconds === undefined ? {} : { 'retry-after': String(behaviour.retryAfterSeconds) };
  return answerError(behaviour.status, { ...headers, ...retry });
}

export function answerFrames(chunks: Buffer[], headers: Headers): UpstreamAnswer {
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'text/event-stream; charset=utf-8' },
    chunks,
    streams: true,
  };
}

export function answerText(text: string, headers: Headers): UpstreamAnswer {
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'application/json' },
    chunks: [Buffer.from(text)],
    streams: false,
  };
}
