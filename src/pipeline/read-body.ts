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
    const finish = (error: GatewayError | null): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      if (error === null)
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
      else reject(error);
    };
    const onData = (chunk: Buffer): void => {
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
    const onGone = (): void => finish(new GatewayError('client_closed_request'));
    const timer = setTimeout(onTimeout, BODY_TIMEOUT_MS);
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('request_too_large', {
    publicMessage: `The request body is larger than ${maxBytes} bytes.`,
  });
}
