import type { JsonObject, JsonValue } from '../../../common/json.js';

/** `error.code` and `error.type` as api.openai.com and compatible servers use them, with the statuses they come with. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  context_length_exceeded: 400,
  string_above_max_length: 400,
  invalid_prompt: 400,
  content_filter: 400,
  content_policy_violation: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  not_found_error: 404,
  model_not_found: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  requests: 429,
  tokens: 429,
  server_error: 500,
  overloaded_error: 529,
};

/** The status that these words of an `error` object come with; null where they tell none. The code is nearer than the type. */
export function mapErrorStatus(error: JsonObject): number | null {
  return readStatus(error.code) ?? readStatus(error.type);
}

/** Routers write the status itself, as a number or a text. */
function readStatus(word: JsonValue | undefined): number | null {
  if (typeof word === 'string' && Object.hasOwn(STATUSES, word)) return STATUSES[word] ?? null;
  const status = typeof word === 'string' && /^\d{3}$/.test(word) ? Number(word) : word;
  const isError = typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599;
  return isError ? status : null;
}
