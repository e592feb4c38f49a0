import type { CacheMark } from '../../chat/native-request.js';
import { isJsonObject, type JsonObject } from '../../common/json.js';
import { type BodyPlace, findObject, findString } from './body-reader.js';

/** Reads Anthropic's `cache_control`. @throws GatewayError('invalid_request') naming it when it is of the wrong type. */
export function findCacheMark(object: JsonObject, place: BodyPlace | null): CacheMark | null {
  if (object.cache_control === undefined) return null;
  const control = findObject(object, 'cache_control', place);
  if (control === null) return null;
  return { ttl: readTtl(findString(control, 'ttl', place)) };
}

/**
 * Reads the marks of the Chat dialect: OpenAI's `prompt_cache_breakpoint`, and `cache_control` as clients write it there by
 * convention. Neither is checked: what the provider makes of them is between it and the client.
 */
export function findChatCacheMark(object: JsonObject): CacheMark | null {
  const { cache_control: control, prompt_cache_breakpoint: breakpoint } = object;
  if (control === undefined && breakpoint === undefined) return null;
  if (isJsonObject(control)) return { ttl: readTtl(control.ttl) };
  return isJsonObject(breakpoint) ? { ttl: null } : null;
}

function readTtl(ttl: unknown): CacheMark['ttl'] {
  return ttl === '5m' || ttl === '1h' ? ttl : null;
}

export function renderCacheMark(mark: CacheMark): JsonObject {
  return mark.ttl === null ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: mark.ttl };
}
