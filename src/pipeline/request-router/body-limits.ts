import { GatewayError } from '../../errors/gateway-error.js';

export const MAX_DEPTH = 128;

/**
 * Values in one body, members and elements of all levels. Far above any conversation; a body of 32 MiB that is nothing but
 * tiny members would take seconds and a gigabyte to build.
 */
export const MAX_VALUES = 500_000;

export function createTooDeep(param: string): GatewayError {
  const publicMessage = `The request body nests deeper than ${MAX_DEPTH} levels.`;
  return new GatewayError('invalid_request', { param, publicMessage });
}

export function createTooManyValues(): GatewayError {
  return new GatewayError('invalid_request', {
    publicMessage: `The request body has more than ${MAX_VALUES} values.`,
  });
}
