import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';

const BEARER = /^bearer +(\S+) *$/i;

/**
 * The key a client sent, in whichever header its SDK uses; null when there is none.
 * @throws GatewayError('invalid_api_key') when two headers carry different keys: one of them is not meant for us.
 */
export function extractApiKey(headers: IncomingHttpHeaders): string | null {
  const bearer = headers.authorization === undefined ? undefined : BEARER.exec(headers.authorization)?.[1];
  let found: string | null = null;
  for (const candidate of [bearer, headers['x-api-key'], headers['x-goog-api-key']]) {
    if (typeof candidate !== 'string' || candidate === '') continue;
    if (found !== null && found !== candidate) {
      throw new GatewayError('invalid_api_key', { publicMessage: 'Two different API keys were sent.' });
    }
    found = candidate;
  }
  return found;
}
