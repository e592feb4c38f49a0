import type { UpstreamAnswer } from '../deliver-answer.ts';
import type { UpstreamBehaviour } from '../behaviour.ts';

export interface AnthropicFault {
  status: number;
  message: string;
  type?: string;
}

const TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** `{"type": "error", "error": {type, message}, "request_id"}`. */
export function buildAnthropicError(fault: AnthropicFault, requestId: string): object {
  const fallback = fault.status >= 500 ? 'api_error' : 'invalid_request_error';
  const type = fault.type ?? TYPES[fault.status] ?? fallback;
  return { type: 'error', error: { type, message: fault.message }, request_id: requestId };
}

export function answerAnthropicError(fault: AnthropicFault, headers: Record<string, string>): UpstreamAnswer {
  return {
    status: fault.status,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'x-should-retry': String(isRetryable(fault.status)),
    },
    chunks: [Buffer.from(JSON.stringify(buildAnthropicError(fault, headers['request-id'] ?? '')))],
    streams: false,
  };
}

export function readScriptedFault(status: number, behaviour: UpstreamBehaviour): AnthropicFault {
  return {
    status,
    message: behaviour.errorMessage ?? `The upstream was told to fail with ${status}.`,
    ...(behaviour.errorType === undefined ? {} : { type: behaviour.errorType }),
  };
}

function isRetryable(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}
