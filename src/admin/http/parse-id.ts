import { isUuid } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';

/** An id from a path. One that cannot exist is not found, like one that does not. */
export function parseId(text: string): string {
  const id = text.toLowerCase();
  if (!isUuid(id)) throw new GatewayError('not_found');
  return id;
}
