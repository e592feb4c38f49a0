import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';

/** A body has this long to arrive, from when it is first read. */
export const BODY_TIMEOUT_MS = 120_000;

/**
 * Reads a request's body, at most `maxBytes`.
 * @throws GatewayError: request_too_large (told from content-length before a byte is read where possible),
 * request_timeout when it takes too long, or client_closed_request when the client hangs up first.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;
    const finish = (error: GatewayError | null): void => {
      if (isOver) return;
      isOver = true;
      clearImmediate(soon);
      clearTimeout(timer);
      if (error === null)
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
      else reject(error);
      // The request's listeners hold them until its answer has been sent.
      chunks.length = 0;
    };
    const onData = (chunk: Buffer): void => {
      if (isOver) return;
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else {
        // Unread bytes stay in the socket; the answer closes the connection.
        request.pause();
        finish(tooLarge(maxBytes));
      }
    };
    const onTimeout = (): void => {
      request.pause();
      finish(new GatewayError('request_timeout'));
    };
    const onEnd = (): void => finish(null);
    // Every request closes at last; an error is made only for one that has not come whole.
    const onGone = (): void => {
      if (!isOver) finish(new GatewayError('client_closed_request'));
    };
    // Most bodies have come with their headers and are read before this; a timer costs ten times as much.
    const soon = setImmediate(() => {
      timer = setTimeout(onTimeout, BODY_TIMEOUT_MS);
    });
    // Nobody takes the listeners off again: they end with the request, and hear nothing of it once it is over.
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('request_too_large', {
    publicMessage: `The request body is larger than ${maxBytes} bytes.`,
  });
}
