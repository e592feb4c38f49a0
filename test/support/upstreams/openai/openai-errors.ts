import type { UpstreamAnswer } from '../deliver-answer.ts';
import type { UpstreamBehaviour } from '../behaviour.ts';

export interface OpenAiFault {
  status: number;
  message: string;
  type?: string;
  param?: string | null;
  code?: string | null;
}

const TYPES: Record<number, string> = {
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'requests',
};

const CODES: Record<number, string> = {
  401: 'invalid_api_key',
  402: 'insufficient_quota',
  403: 'unsupported_country_region_territory',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
};

/** `{"error": {message, type, param, code}}` with the words that the status usually has. */
export function buildOpenAiError(fault: OpenAiFault): { error: object } {
  const fallback = fault.status >= 500 ? 'server_error' : 'invalid_request_error';
  return {
    error: {
      message: fault.message,
      type: fault.type ?? TYPES[fault.status] ?? fallback,
      param: fault.param ?? null,
      code: fault.code === undefined ? (CODES[fault.status] ?? null) : fault.code,
    },
  };
}

export function answerOpenAiError(fault: OpenAiFault, headers: Record<string, string>): UpstreamAnswer {
  return {
    status: fault.status,
    headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
    chunks: [Buffer.from(`${JSON.stringify(buildOpenAiError(fault), null, 4)}\n`)],
    streams: false,
  };
}

export function readScriptedFault(status: number, behaviour: UpstreamBehaviour): OpenAiFault {
  return {
    status,
    message: behaviour.errorMessage ?? `The upstream was told to fail with ${status}.`,
    ...(behaviour.errorType === undefined ? {} : { type: behaviour.errorType }),
    ...(behaviour.errorCode === undefined ? {} : { code: behaviour.errorCode }),
  };
}
