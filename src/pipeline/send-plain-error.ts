import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderErrorHeaders } from '../errors/error-headers.js';
import { findErrorDialect } from '../errors/find-error-dialect.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { renderError } from '../errors/render-error.js';
import { identifyRequest } from './identify-request.js';

/** An error before a context exists, and on routes that are not the data plane's: in the dialect of the path. */
export function sendPlainError(request: FastifyRequest, reply: FastifyReply, error: GatewayError): void {
  const path = request.url.split('?', 1)[0] ?? '/';
  const dialect = findErrorDialect(path, request.headers['anthropic-version'] !== undefined);
  const { contentType, body } = renderError(error, dialect, identifyRequest(request, reply));
  void reply
    .code(error.status)
    .headers(renderErrorHeaders(error))
    .type(contentType)
    .send(JSON.stringify(body));
}
