import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorDialect } from '../chat/dialect.js';
import { createId } from '../common/ids.js';
import { renderErrorHeaders } from '../errors/error-headers.js';
import { GatewayError } from '../errors/gateway-error.js';
import { renderError } from '../errors/render-error.js';

/** Closed at once, with bytes unread, the kernel would throw the answer away; this is for the client to read it. */
const LINGER_MS = 1_000;

/** What Node.js says of a request that it could not read, by its code. */
interface ClientError extends Error {
  code?: string;
}

/**
 * Answers what never became a request, or will not be read to its end: bytes that are no HTTP, headers that are too large or
 * too slow. No route is known, so the dialect is the listener's; then the connection ends, because nobody knows where the
 * next request would begin.
 */
export function answerClientError(error: ClientError, socket: Socket, dialect: ErrorDialect): void {
  // What comes after the first fault is as unreadable, and answered already.
  if (socket.destroyed || socket.writableEnded) return;
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  socket.end(renderAnswer(classify(error), dialect));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Whether an earlier request's answer is on its way: an error in the midst of it would be taken for a part of it. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent?: boolean } | null };
  return answer?.headersSent === true;
}

function classify(error: ClientError): GatewayError {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayError('request_timeout', {
        publicMessage: 'The request did not arrive in time.',
        cause: error,
      });
    case 'HPE_HEADER_OVERFLOW':
      return new GatewayError('request_headers_too_large', { cause: error });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new GatewayError('request_too_large', { cause: error });
    default:
      return new GatewayError('invalid_request', { publicMessage: 'This is no valid HTTP.', cause: error });
  }
}

function renderAnswer(error: GatewayError, dialect: ErrorDialect): string {
  const requestId = createId();
  const { contentType, body } = renderError(error, dialect, requestId);
  const text = JSON.stringify(body);
  const headers = {
    ...renderErrorHeaders(error),
    'x-request-id': requestId,
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n${lines.join('')}\r\n${text}`;
}
