/**
 * Every error a caller can see. `status` is the HTTP status, `retryable` says whether the same request can succeed later
 * without a change, `log` the level at which the exception filter logs it once.
 * `docs/errors.md` is generated from this table.
 */
interface ErrorEntry {
  readonly status: number;
  readonly log: 'debug' | 'info' | 'warn' | 'error';
  readonly retryable: boolean;
  /** Default text for callers; contains no data of the request. */
  readonly message: string;
}

const entry = (status: number, log: ErrorEntry['log'], retryable: boolean, message: string): ErrorEntry => ({
  status,
  log,
  retryable,
  message,
});

export const ERROR_CATALOGUE = {
  invalid_request: entry(400, 'debug', false, 'The request is malformed.'),
  invalid_json: entry(400, 'debug', false, 'The request body is not valid JSON.'),
  unsupported_parameter: entry(400, 'debug', false, 'The chosen model cannot serve this parameter.'),
  policy_violation: entry(400, 'info', false, 'A policy does not allow this request.'),
  invalid_api_key: entry(401, 'debug', false, 'The API key is missing, wrong, expired or revoked.'),
  budget_exceeded: entry(402, 'info', false, 'The budget is exhausted.'),
  model_unpriced: entry(403, 'info', false, 'The model has no price and a hard money budget applies.'),
  access_denied: entry(403, 'info', false, 'This administrator may not do this.'),
  tenant_suspended: entry(403, 'info', false, 'The tenant is suspended.'),
  model_not_found: entry(404, 'debug', false, 'The model does not exist or this key may not use it.'),
  route_not_available: entry(404, 'debug', false, 'This route is not available.'),
  method_not_allowed: entry(405, 'debug', false, 'This route does not accept this method.'),
  request_timeout: entry(408, 'debug', true, 'The request body did not arrive in time.'),
  request_too_large: entry(413, 'debug', false, 'The request body is too large.'),
  unsupported_encoding: entry(415, 'debug', false, 'Only identity content encoding is accepted.'),
  unsupported_media_type: entry(415, 'debug', false, 'The content type must be application/json.'),
  rate_limit_exceeded: entry(429, 'debug', true, 'A rate limit is exceeded.'),
  upstream_rate_limited: entry(429, 'warn', true, 'Every provider of this model is rate limited.'),
  upstream_rejected: entry(400, 'debug', false, 'The provider rejected the request.'),
  invalid_admin_token: entry(401, 'info', false, 'The admin token is missing or wrong.'),
  not_found: entry(404, 'debug', false, 'The object does not exist.'),
  conflict: entry(409, 'debug', false, 'The object conflicts with an existing one.'),
  managed_by_file: entry(409, 'debug', false, 'The object is managed by the configuration file.'),
  precondition_failed: entry(412, 'debug', false, 'The object has changed since it was read.'),
  idempotency_key_reused: entry(422, 'debug', false, 'The idempotency key was used with another body.'),
  precondition_required: entry(428, 'debug', false, 'If-Match is required.'),
  request_headers_too_large: entry(431, 'debug', false, 'The request headers are too large.'),
  client_closed_request: entry(499, 'debug', true, 'The client closed the connection.'),
  internal_error: entry(500, 'error', true, 'The gateway failed to process the request.'),
  upstream_error: entry(502, 'warn', true, 'Every provider of this model failed.'),
  upstream_misconfigured: entry(
    502,
    'error',
    false,
    'The provider refused the credentials or the model of the gateway.',
  ),
  key_lookup_unavailable: entry(503, 'warn', true, 'The key cannot be checked at the moment.'),
  database_unavailable: entry(503, 'warn', true, 'The database does not answer at the moment.'),
  no_healthy_provider: entry(503, 'warn', true, 'No provider of this model is healthy at the moment.'),
  quota_unavailable: entry(503, 'warn', true, 'Limits cannot be checked at the moment.'),
  ledger_unavailable: entry(503, 'debug', true, 'Usage cannot be recorded at the moment.'),
  shutting_down: entry(503, 'info', true, 'The gateway is shutting down.'),
  upstream_timeout: entry(504, 'warn', true, 'The provider did not answer in time.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
