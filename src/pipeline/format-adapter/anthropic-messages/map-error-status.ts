import type { JsonObject } from '../../../common/json.js';

/** `error.type` with its status. Source: Anthropic's error reference. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The status that the type of an `error` object comes with; null for a type that is not known. */
export function mapErrorStatus({ type }: JsonObject): number | null {
  return typeof type === 'string' && Object.hasOwn(STATUSES, type) ? (STATUSES[type] ?? null) : null;
}
