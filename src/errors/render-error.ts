import { assertUnreachable } from '../common/assert-unreachable.js';
import type { ErrorDialect } from '../chat/dialect.js';
import type { GatewayError } from './gateway-error.js';

export interface RenderedError {
  contentType: string;
  body: Record<string, unknown>;
}

/** The error's body as the caller's SDK expects it. Pure; the status comes from the error itself. */
export function renderError(error: GatewayError, dialect: ErrorDialect, requestId: string): RenderedError {
  switch (dialect) {
    case 'openai':
      return { contentType: 'application/json', body: renderOpenAiError(error) };
    case 'anthropic':
      return { contentType: 'application/json', body: renderAnthropicError(error, requestId) };
    case 'google':
      return { contentType: 'application/json', body: renderGoogleError(error) };
    case 'problem':
      return { contentType: 'application/problem+json', body: renderProblem(error, requestId) };
    default:
      return assertUnreachable(dialect);
  }
}

function renderOpenAiError(error: GatewayError): Record<string, unknown> {
  return {
    error: {
      message: error.publicMessage,
      type: mapOpenAiErrorType(error.status),
      param: error.param,
      code: error.upstreamCode ?? error.code,
      ...(error.details === null ? {} : { details: error.details }),
    },
  };
}

function renderAnthropicError(error: GatewayError, requestId: string): Record<string, unknown> {
  const message = error.param === null ? error.publicMessage : `${error.param}: ${error.publicMessage}`;
  return {
    type: 'error',
    error: {
      type: mapAnthropicErrorType(error.status),
      message,
      details: { error_code: error.upstreamCode ?? error.code, param: error.param, ...error.details },
    },
    request_id: requestId,
  };
}

function renderGoogleError(error: GatewayError): Record<string, unknown> {
  const metadata = { ...error.details, ...(error.param === null ? {} : { field: error.param }) };
  return {
    error: {
      code: error.status,
      message: error.publicMessage,
      status: mapGoogleStatus(error.status),
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: error.upstreamCode ?? error.code,
          domain: 'tokenpak',
          metadata,
        },
      ],
    },
  };
}

function renderProblem(error: GatewayError, requestId: string): Record<string, unknown> {
  const single = error.param === null ? [] : [{ field: error.param, message: error.publicMessage }];
  const errors = error.fieldErrors.length > 0 ? error.fieldErrors : single;
  return {
    type: 'about:blank',
    title: error.publicMessage,
    status: error.status,
    code: error.code,
    requestId,
    ...(errors.length === 0 ? {} : { errors }),
    ...error.details,
  };
}

/** Types as api.openai.com uses them; SDKs choose their error class by status, people read the type. */
function mapOpenAiErrorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 402) return 'insufficient_quota';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** Types of Anthropic's error reference. */
function mapAnthropicErrorType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 402:
      return 'billing_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 503:
      return 'overloaded_error';
    case 504:
      return 'timeout_error';
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error';
  }
}

/** Canonical names of google.rpc.Code for HTTP statuses. */
function mapGoogleStatus(status: number): string {
  switch (status) {
    case 401:
      return 'UNAUTHENTICATED';
    case 402:
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
      return 'NOT_FOUND';
    case 503:
      return 'UNAVAILABLE';
    case 504:
      return 'DEADLINE_EXCEEDED';
    default:
      return status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT';
  }
}
