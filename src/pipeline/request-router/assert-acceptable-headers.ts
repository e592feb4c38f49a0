import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../errors/gateway-error.js';

const JSON_MEDIA_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Refuses what cannot be read before it is read.
 * @throws GatewayError: unsupported_encoding for any content-encoding but identity, unsupported_media_type for a body that
 * says it is not JSON. A missing content-type is taken as JSON.
 */
export function assertAcceptableHeaders(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new GatewayError('unsupported_encoding');
  }
  const type = headers['content-type'];
  if (type !== undefined && type !== 'application/json' && !JSON_MEDIA_TYPE.test(type)) {
    throw new GatewayError('unsupported_media_type');
  }
}
