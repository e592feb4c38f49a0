import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';

/** A body has this long to arrive, from when it is first read. */
export const BODY_TIMEOUT_MS = 120_000;

interface Reading {
  readonly chunks: Buffer[];
  length: number;
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: GatewayError) => void;
}

/**
 * Reads a request's body, at most `maxBytes`.
 * @throws GatewayError: request_too_large (told from content-length before a byte is read where possible),
 * request_timeout when it takes too long, or client_closed_request when the client hangs up first.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  // Its events have been: nothing would be heard of it any more.
  if (request.destroyed) return Promise.reject(new GatewayError('client_closed_request'));
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    // The listeners stay until the request is gone, which is when its answer was sent; what they reach is let go of before.
    let reading: Reading | null = { chunks: [], length: 0, resolve, reject };
    let timer: NodeJS.Timeout | undefined;
    const stop = (): Reading | null => {
      const stopped = reading;
      reading = null;
      clearImmediate(soon);
      clearTimeout(timer);
      return stopped;
    };
    const onData = (chunk: Buffer): void => {
      if (reading === null) return;
      reading.length += chunk.length;
      if (reading.length <= maxBytes) reading.chunks.push(chunk);
      else {
        // Unread bytes stay in the socket; the answer closes the connection.
        request.pause();
        stop()?.reject(tooLarge(maxBytes));
      }
    };
    const onTimeout = (): void => {
      request.pause();
      stop()?.reject(new GatewayError('request_timeout'));
    };
    const onEnd = (): void => {
      const whole = stop();
      if (whole !== null) whole.resolve(joinChunks(whole));
    };
    // Every request closes at last; an error is made only for one that has not come whole.
    const onGone = (): void => {
      if (reading !== null) stop()?.reject(new GatewayError('client_closed_request'));
    };
    // Most bodies have come with their headers and are read before this; a timer costs ten times as much.
    const soon = setImmediate(() => {
      timer = setTimeout(onTimeout, BODY_TIMEOUT_MS);
    });
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function joinChunks({ chunks, length }: Reading): Buffer {
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('request_too_large', {
    publicMessage: `The request body is larger than ${maxBytes} bytes.`,
  });
}
