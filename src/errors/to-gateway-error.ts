import { HttpException } from '@nestjs/common';
import type { ErrorCode } from './catalogue.js';
import { GatewayError } from './gateway-error.js';

/** Errors that Fastify raises before any of our code runs, by its own codes. */
const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_BAD_URL: 'invalid_request',
  // No id and no model name is that long: there is nothing of that name.
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_available',
  FST_ERR_ASYNC_CONSTRAINT: 'invalid_request',
};

const STATUS_CODES: Record<number, ErrorCode> = {
  400: 'invalid_request',
  404: 'route_not_available',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'request_too_large',
  415: 'unsupported_media_type',
  503: 'shutting_down',
};

/** Codes with which pg and the socket say that PostgreSQL cannot be reached or is going away. */
const DATABASE_DOWN_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
const DATABASE_DOWN_MESSAGE = /Connection terminated|timeout exceeded when trying to connect|not queryable/;

function isDatabaseDown(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = (thrown as { code?: unknown }).code;
  if (typeof code === 'string' && (DATABASE_DOWN_CODES.has(code) || code.startsWith('08'))) return true;
  return DATABASE_DOWN_MESSAGE.test(thrown.message);
}

/** Anything thrown, as the one error class. What nobody foresaw becomes `internal_error`, with its cause for the log. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof HttpException) {
    const code = STATUS_CODES[thrown.getStatus()];
    if (code !== undefined) return new GatewayError(code, { cause: thrown });
  }
  if (isDatabaseDown(thrown))
    return new GatewayError('database_unavailable', { cause: thrown, retryAfterMs: 1_000 });
  const fastifyCode = (thrown as { code?: unknown } | null)?.code;
  const mapped = typeof fastifyCode === 'string' ? FASTIFY_CODES[fastifyCode] : undefined;
  return new GatewayError(mapped ?? 'internal_error', { cause: thrown });
}
