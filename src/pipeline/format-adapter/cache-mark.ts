import type { CacheMark } from '../../chat/native-request.js';
import type { JsonObject } from '../../common/json.js';
import { type BodyPlace, findObject, findString } from './body-reader.js';

/** Reads `cache_control` where Anthropic has it and where clients of the Chat dialect put it by convention. */
export function findCacheMark(object: JsonObject, place: BodyPlace | null): CacheMark | null {
  if (object.cache_control === undefined) return null;
  const control = findObject(object, 'cache_control', place);
  if (control === null) return null;
  const ttl = findString(control, 'ttl', place);
  return { ttl: ttl === '5m' || ttl === '1h' ? ttl : null };
}

export function renderCacheMark(mark: CacheMark): JsonObject {
  return mark.ttl === null ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: mark.ttl };
}
