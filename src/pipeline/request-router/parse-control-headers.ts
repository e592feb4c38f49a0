import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../errors/gateway-error.js';
import { CACHE_MODES, type CacheMode, NO_CONTROLS, type RequestControls } from '../request-controls.js';

/** A longer bound than this is as good as none. */
const MAX_TIMEOUT_MS = 3_600_000;

/** @throws GatewayError('invalid_request') naming the header: a wish that is not understood is not to be ignored. */
export function parseControlHeaders(headers: IncomingHttpHeaders): RequestControls {
  const cache = headers['x-tokenpak-cache'];
  const ttl = headers['x-tokenpak-cache-ttl'];
  const timeout = headers['x-tokenpak-timeout-ms'];
  if (cache === undefined && ttl === undefined && timeout === undefined) return NO_CONTROLS;
  return {
    cacheMode: cache === undefined ? null : parseCacheMode(cache),
    cacheTtlSeconds:
      ttl === undefined ? null : parseCount('x-tokenpak-cache-ttl', ttl, 0, Number.MAX_SAFE_INTEGER),
    timeoutMs: timeout === undefined ? null : parseCount('x-tokenpak-timeout-ms', timeout, 1, MAX_TIMEOUT_MS),
  };
}

function parseCacheMode(value: string | string[]): CacheMode {
  const mode = CACHE_MODES.find((name) => name === value);
  if (mode === undefined) throw refuse('x-tokenpak-cache', `Must be one of: ${CACHE_MODES.join(', ')}.`);
  return mode;
}

/** A whole number of at least `min`; what is above `max` counts as `max`. */
function parseCount(name: string, value: string | string[], min: number, max: number): number {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : -1;
  if (count < min) throw refuse(name, `Must be a whole number of ${min} or more.`);
  return Math.min(count, max);
}

function refuse(param: string, publicMessage: string): GatewayError {
  return new GatewayError('invalid_request', { param, publicMessage });
}
